internal import Hummingbird
internal import NIOCore

/// What belongs to one request: its connection, and what the router needs.
struct ControlContext: RequestContext {
    var coreContext: CoreRequestContextStorage
    /// The connection, which knows its peer.
    let channel: any Channel
    /// Who asks for a change; known once the caller was let through.
    var caller: Caller?

    init(source: ApplicationRequestContextSource) {
        coreContext = .init(source: source)
        channel = source.channel
    }
}
