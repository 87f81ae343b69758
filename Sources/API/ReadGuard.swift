internal import Core
internal import Hummingbird
internal import HummingbirdCore
internal import Net

/// Lets everybody look and nobody change anything, and only under a name that is ours.
///
/// A page of some website can make a browser ask a loopback address by giving its own name that
/// address (DNS rebinding), and would then read what is answered. It cannot choose the `Host` of
/// such a request: that is its own name. So an address, which is no name, is let through, and
/// of names only those that belong to this machine.
struct ReadGuard: RouterMiddleware {
    /// The names that are ours, without case.
    private let names: Set<String>

    init(names: [String]) {
        self.names = Set((names + Self.everywhere).map { $0.lowercased() })
    }

    /// What a browser resolves to loopback by itself, and what our own client calls us.
    private static let everywhere = ["localhost", ControlClient.hostName]

    func handle(
        _ request: Request,
        context: ControlContext,
        next: @concurrent (Request, ControlContext) async throws -> Response
    ) async throws -> Response {
        let host = request.head.authority ?? ""
        guard isOurs(host) else {
            throw ProblemAnswer(status: .misdirectedRequest, fault: .notOurName(host))
        }
        guard request.method == .get || request.method == .head else {
            throw ProblemAnswer(
                status: .methodNotAllowed,
                fault: .readOnly(request.method.rawValue),
                headers: [.allow: "GET, HEAD"]
            )
        }
        var response = try await next(request, context)
        // What a check or a note says is text, whatever it looks like.
        response.headers[.xContentTypeOptions] = "nosniff"
        return response
    }

    /// Whether `host`, with or without a port, is an address or a name of ours.
    func isOurs(_ host: String) -> Bool {
        let name = Self.withoutPort(host)
        return names.contains(name.lowercased()) || Self.isAddress(name)
    }

    private static func withoutPort(_ host: String) -> String {
        // Brackets hold the colons of an IPv6 address (RFC 3986 §3.2.2).
        if let end = host.firstIndex(of: "]"), host.hasPrefix("[") {
            let rest = host[host.index(after: end)...]
            guard rest.isEmpty || rest.hasPrefix(":") else { return host }
            return String(host[host.index(after: host.startIndex)..<end])
        }
        let name = host.prefix { $0 != ":" }
        // A name may end in the root's dot.
        return String(name.hasSuffix(".") ? name.dropLast() : name)
    }

    private static func isAddress(_ name: String) -> Bool {
        do throws(ParseError) {
            _ = try IPAddress(parsing: name)
            return true
        } catch {
            return false
        }
    }
}
