internal import Core
internal import Foundation
internal import Hummingbird
internal import HummingbirdCore
internal import Logging
internal import NIOCore
internal import Net

/// The paths of the control socket and what they answer.
struct ControlRoutes: Sendable {
    let controls: Controls
    let listener: RequestTally.Listener

    typealias Answer = @Sendable (Request, ControlContext) async throws -> Response

    /// What `/v1/...` answers, with the middleware that guards it.
    func router(
        guardedBy middleware: some RouterMiddleware<ControlContext>,
        logger: Logger
    ) -> Router<ControlContext> {
        let router = Router(context: ControlContext.self, options: [.autoGenerateHeadEndpoints])
        router.add(middleware: RequestCounting(listener: listener, tally: controls.requests))
        router.add(middleware: ProblemMiddleware(logger: logger))
        router.add(middleware: middleware)
        add("/healthz", to: router, get: health)
        add("/readyz", to: router, get: readiness)
        add("/metrics", to: router, get: { _, _ in .metrics(controls) })
        add("/v1/status", to: router, get: { _, _ in .json(controls.snapshot()) })
        add("/v1/vips", to: router, get: { _, _ in .json(controls.snapshot().vips) })
        add("/v1/vips/:vip", to: router, get: { .json(try vip($1).vip) })
        add("/v1/vips/:vip/explain", to: router, get: explain)
        addBackends(to: router)
        add("/v1/bgp", to: router, get: { request, _ in routing(request) })
        addDrains(to: router)
        add("/v1/reload", to: router, post: { _, _ in try await reload() })
        add(
            "/v1/plan",
            to: router,
            get: { _, _ in try await plan(nil) },
            post: { request, _ in try await plan(try await text(of: request)) }
        )
        add(
            "/v1/version",
            to: router,
            get: { _, _ in .json(VersionReport(version: Release.version)) }
        )
        return router
    }

    /// Answers at `path`, and says what the path takes when it is asked for something else.
    func add(
        _ path: RouterPath,
        to router: Router<ControlContext>,
        get: Answer? = nil,
        put: Answer? = nil,
        post: Answer? = nil
    ) {
        let answers: [(HTTPRequest.Method, Answer?)] = [
            (.get, get), (.put, put), (.post, post), (.delete, nil), (.patch, nil),
        ]
        let allowed = answers.filter { $0.1 != nil }.map(\.0.rawValue).joined(separator: ", ")
        for (method, answer) in answers {
            router.on(path, method: method) { request, context in
                if let answer { return try await answer(request, context) }
                throw ProblemAnswer(
                    status: .methodNotAllowed,
                    fault: .methodNotAllowed(method.rawValue, request.uri.path, allowed: allowed),
                    headers: [.allow: allowed]
                )
            }
        }
    }
}

// MARK: - Looking

extension ControlRoutes {
    @Sendable private func health(_: Request, _: ControlContext) -> Response {
        let loops = controls.loops()
        let isAlive = loops.allSatisfy(\.alive)
        return .json(
            Liveness(alive: isAlive, loops: loops),
            status: isAlive ? .ok : .serviceUnavailable
        )
    }

    @Sendable private func readiness(_: Request, _: ControlContext) -> Response {
        let isReady = controls.isReady()
        let snapshot = controls.snapshot()
        let planes = [
            ("frr", snapshot.frr.visibility), ("ipvs", snapshot.ipvs.visibility),
            ("link", snapshot.link.visibility),
        ]
        let waiting = planes.filter { $0.1.state == "unseen" }.map(\.0)
        return .json(
            Readiness(ready: isReady, waitingFor: isReady ? [] : waiting),
            status: isReady ? .ok : .serviceUnavailable
        )
    }

    /// The routes, or those of the VIPs that `?vip=NAME,NAME` names.
    private func routing(_ request: Request) -> Response {
        let names = request.uri.queryParameters["vip"].map { value in
            String(value).split(separator: ",").map { $0.removingPercentEncoding ?? String($0) }
        }
        return .json(RoutingReport(controls.snapshot(), only: names ?? []))
    }

    /// Every gate of a VIP as the director knows it, and its way to routers as everybody on it says
    /// now.
    @Sendable private func explain(_: Request, _ context: ControlContext) async throws -> Response {
        var explanation = try vip(context)
        let vip = explanation.vip
        let path = try await inTime { await controls.path(vip) }
        // What the director saw of it last is better than nothing.
        if !path.isEmpty { explanation.vip.path = path }
        return .json(explanation)
    }

    /// The VIP that the path names, by its name, its address or its host prefix.
    func vip(_ context: ControlContext) throws -> Explanation {
        let asked = try context.parameters.require("vip")
        let name = asked.removingPercentEncoding ?? asked
        let snapshot = controls.snapshot()
        guard let vip = snapshot.vips.first(where: { $0.isCalled(name) }) else {
            throw ProblemAnswer(
                status: .notFound,
                fault: .noSuchVIP(
                    name,
                    among: snapshot.vips.map(\.name),
                    kept: snapshot.keptDrains?.first { $0.isCalled(name) }
                )
            )
        }
        return Explanation(
            takenAt: snapshot.takenAt,
            establishedPeers: snapshot.frr.peers.count(where: \.established),
            vip: vip,
            settings: snapshot.link.settings
        )
    }
}

extension VIPStatus {
    /// Whether `asked` means it: its name, its address, or its host prefix, however they are spelt.
    func isCalled(_ asked: String) -> Bool { name == asked || address.isMeant(by: asked) }
}

extension KeptDrainStatus {
    /// Whether `asked` means the VIP that it is kept for.
    func isCalled(_ asked: String) -> Bool { name == asked || address.isMeant(by: asked) }
}

extension String {
    /// Whether `asked` stands for this address, as such or as its host prefix.
    fileprivate func isMeant(by asked: String) -> Bool {
        let parts = asked.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count <= 2, let meant = IPAddress(String(parts[0])), "\(meant)" == self
        else { return false }
        return parts.count == 1 || parts[1] == "\(meant.family.bitWidth)"
    }
}

// MARK: - Changing

extension ControlRoutes {
    private func reload() async throws -> Response {
        .json(try await inTime { try await controls.reload() })
    }

    private func plan(_ text: String?) async throws -> Response {
        .json(try await inTime { try await controls.plan(text) })
    }

    func inTime<Value: Sendable>(
        _ work: @escaping @Sendable () async throws -> Value
    ) async throws -> Value {
        try await within(ControlLimits.requestTime, work)
    }
}

// MARK: - Bodies

extension ControlRoutes {
    func text(of request: Request) async throws -> String {
        let body = try await inTime {
            try await request.body.collect(upTo: ControlLimits.requestBytes)
        }
        guard let text = String(validating: body.readableBytesView, as: UTF8.self) else {
            throw ProblemAnswer(
                status: .badRequest,
                fault: .notUnderstood("the body is not UTF-8", fix: "")
            )
        }
        return text
    }

    /// A reason is shown on terminals and pages and kept in logs: it must be one line of text.
    static func check(reason: String) throws {
        let isTooLong = reason.utf8.count > ControlLimits.reasonBytes
        guard isTooLong || reason.unicodeScalars.contains(where: \.isUnprintable) else { return }
        throw ProblemAnswer(
            status: .badRequest,
            fault: .notUnderstood(
                isTooLong
                    ? "the reason has more than \(ControlLimits.reasonBytes) bytes"
                    : "the reason contains control characters",
                fix: "give it in one short line"
            )
        )
    }

    static func describe(_ error: any Error) -> String {
        guard let error = error as? DecodingError else { return "\(error)" }
        switch error {
        case .keyNotFound(let key, _): return "\"\(key.stringValue)\" is missing"
        case .typeMismatch(_, let context), .valueNotFound(_, let context),
            .dataCorrupted(let context):
            let path = context.codingPath.map(\.stringValue).joined(separator: ".")
            return path.isEmpty
                ? "the body is not JSON" : "\"\(path)\": \(context.debugDescription)"
        @unknown default: return "\(error)"
        }
    }
}
