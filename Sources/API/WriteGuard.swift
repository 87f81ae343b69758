internal import Core
internal import Hummingbird
internal import HummingbirdCore
internal import Logging
internal import NIOCore

/// Lets only those change something who may, and logs who did.
struct WriteGuard: RouterMiddleware {
    /// Who may; `nil` while that is not known, and then nobody may.
    let authority: @Sendable () -> Authority?
    /// How the caller on a connection is found out.
    let caller: @Sendable (any Channel) async throws -> Caller
    let logger: Logger

    func handle(
        _ request: Request,
        context: ControlContext,
        next: @concurrent (Request, ControlContext) async throws -> Response
    ) async throws -> Response {
        guard request.method != .get, request.method != .head else {
            return try await next(request, context)
        }
        let caller = await identify(context.channel)
        var metadata: Logger.Metadata = [
            "method": "\(request.method)", "path": "\(request.uri.path)",
            "uid": "\(caller.map { "\($0.uid)" } ?? "?")",
            "pid": "\(caller.map { "\($0.pid)" } ?? "?")",
        ]
        guard let caller, authority()?.mayWrite(caller) == true else {
            logger.warning("A change was refused", metadata: metadata)
            throw ProblemAnswer(status: .forbidden, fault: .mayNotWrite(caller))
        }
        do {
            var context = context
            context.caller = caller
            let response = try await next(request, context)
            metadata["status"] = "\(response.status.code)"
            logger.notice("An operator asked for a change", metadata: metadata)
            return response
        } catch {
            metadata["status"] = "\(ProblemAnswer(error, to: request).status.code)"
            logger.notice("An operator asked for a change", metadata: metadata)
            throw error
        }
    }

    /// The caller, or `nil` when the kernel does not say; then nothing may be changed.
    private func identify(_ channel: any Channel) async -> Caller? {
        do {
            return try await caller(channel)
        } catch {
            logger.warning("A caller could not be identified", metadata: ["error": "\(error)"])
            return nil
        }
    }
}
