internal import Core
internal import Hummingbird
internal import HummingbirdCore
internal import Synchronization

/// Counts the requests that were answered: by where they came in, what they asked for, and how
/// they were answered.
///
/// However much is asked, there are only so many numbers: a path counts as the route that it is,
/// one that is no route as `other`, and so does a method that no route knows.
package final class RequestTally: Sendable {
    /// Where requests come in, as the configuration calls it.
    enum Listener: String, Sendable {
        case socket, http
    }

    private struct Key: Hashable, Sendable {
        let listener: Listener
        let route: String
        let method: String
        let code: Int
    }

    /// What is no route, and a method of none.
    private static let other = "other"
    private static let methods: Set = ["GET", "HEAD", "PUT", "POST", "DELETE", "PATCH"]

    private let counts = Mutex<[Key: Int]>([:])

    /// Nothing yet.
    package init() {}

    /// One was answered.
    func answered(_ listener: Listener, _ route: String?, _ method: String, _ code: Int) {
        let key = Key(
            listener: listener,
            // The router has a word of its own for what is no route; routes begin with a slash.
            route: route.flatMap { $0.hasPrefix("/") ? $0 : nil } ?? Self.other,
            method: Self.methods.contains(method) ? method : Self.other,
            code: code
        )
        counts.withLock { $0[key, default: 0] += 1 }
    }

    func add(to page: inout MetricsText) {
        let samples = counts.withLock { $0 }.map { key, count in
            (
                [key.listener.rawValue, key.route, key.method, "\(key.code)"],
                MetricsText.Sample(
                    [
                        .init("listener", key.listener.rawValue), .init("route", key.route),
                        .init("method", key.method), .init("code", "\(key.code)"),
                    ],
                    count
                )
            )
        }
        page.add(
            "penstock_http_requests_total",
            "Requests answered, at the control socket or at control.http.",
            kind: .counter,
            samples.sorted { $0.0.lexicographicallyPrecedes($1.0) }.map(\.1)
        )
    }
}

/// Counts every request once it is answered, whatever stood in its way.
struct RequestCounting: RouterMiddleware {
    let listener: RequestTally.Listener
    let tally: RequestTally

    func handle(
        _ request: Request,
        context: ControlContext,
        next: @concurrent (Request, ControlContext) async throws -> Response
    ) async throws -> Response {
        let response = try await next(request, context)
        tally.answered(
            listener,
            context.endpointPath,
            request.method.rawValue,
            response.status.code
        )
        return response
    }
}
