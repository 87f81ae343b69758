internal import Hummingbird
internal import NIOCore

/// What belongs to one request: its connection, and what the router needs.
struct ControlContext: RequestContext {
    var coreContext: CoreRequestContextStorage
    /// The connection, which knows its peer.
    let channel: any Channel

    init(source: ApplicationRequestContextSource) {
        coreContext = .init(source: source)
        channel = source.channel
    }
}
