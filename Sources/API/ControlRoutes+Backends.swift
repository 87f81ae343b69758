internal import Core
internal import Foundation
internal import Hummingbird
internal import HummingbirdCore
internal import Net

// The paths about real servers.

extension ControlRoutes {
    /// Adds them to what `router` answers.
    func addBackends(to router: Router<ControlContext>) {
        let backend: RouterPath = "/v1/backends/:vip/:service/:backend"
        add("/v1/backends", to: router, get: { request, _ in try list(request) })
        add(backend, to: router, get: { .json(try report($1)) })
        add(backend.appendingPath("state"), to: router, put: changeState)
        add(backend.appendingPath("weight"), to: router, put: changeWeight)
        add(backend.appendingPath("handover"), to: router, put: handOver)
    }

    private func list(_ request: Request) throws -> Response {
        let all = BackendReport.all(of: controls.snapshot())
        guard let state = request.uri.queryParameters["state"].map(String.init) else {
            return .json(all)
        }
        guard BackendReport.states.contains(state) else {
            throw ProblemAnswer(
                status: .badRequest,
                fault: .notUnderstood(
                    "there is no state \"\(state)\"",
                    fix: "one of \(BackendReport.states.joined(separator: ", "))"
                )
            )
        }
        return .json(all.filter { $0.isIn(state) })
    }

    /// The real server that the path names.
    private func report(_ context: ControlContext) throws -> BackendReport {
        func part(_ name: String) throws -> String {
            let asked = try context.parameters.require(name)
            return asked.removingPercentEncoding ?? asked
        }
        let (vip, service) = (try part("vip"), try part("service"))
        return try report(part("backend"), in: service, of: vip)
    }

    private func report(
        _ backend: String,
        in service: String,
        of vip: String
    ) throws -> BackendReport {
        let all = BackendReport.all(of: controls.snapshot())
        let among = all.filter {
            ($0.vip == vip || $0.address == vip) && ($0.service == service || $0.listen == service)
        }
        let found = among.filter { $0.isNamed(backend) }
        guard let report = found.first, found.count == 1 else {
            throw ProblemAnswer(
                status: .notFound,
                fault: .noSuchBackend(
                    "\(vip)/\(service)/\(backend)",
                    among: (among.isEmpty ? all : among).map(\.name)
                )
            )
        }
        return report
    }
}

// MARK: - Changing

extension ControlRoutes {
    @Sendable private func changeState(
        _ request: Request,
        _ context: ControlContext
    ) async throws -> Response {
        let example =
            #"{"state": "drain", "reason": "...", "for": "2h"}; ready, drain, maint, auto"#
        let body = try await body(of: request, as: BackendStateRequest.self, example)
        let state: Backend.AdminState? =
            switch body.state {
            case .ready: .ready
            case .drain: .drain
            case .maint: .maint
            case .auto: nil
            }
        return try await carryOut(.state(state), body.reason, body.for, context)
    }

    @Sendable private func changeWeight(
        _ request: Request,
        _ context: ControlContext
    ) async throws -> Response {
        let example = #"{"weight": 10, "reason": "...", "for": "2h"}, or "auto""#
        let body = try await body(of: request, as: BackendWeightRequest.self, example)
        var weight: Int?
        if case .number(let number) = body.weight {
            guard (0...Ramp.largestWeight).contains(number) else {
                throw Self.misunderstood(
                    "\(number) is no weight",
                    fix: "0 to \(Ramp.largestWeight)"
                )
            }
            weight = number
        }
        return try await carryOut(.weight(weight), body.reason, body.for, context)
    }

    @Sendable private func handOver(
        _ request: Request,
        _ context: ControlContext
    ) async throws -> Response {
        let example = #"{"to": "10.20.0.12", "over": "10m", "reason": "..."}"#
        let body = try await body(of: request, as: HandoverRequest.self, example)
        guard let over = Term(body.over) else {
            throw Self.misunderstood("\"over\" is \"\(body.over)\"", fix: Term.form)
        }
        let from = try report(context)
        let to = try report(body.to, in: from.service, of: from.vip)
        let change = BackendWish.Change.handOver(
            to: try to.key.endpoint,
            over: over.duration
        )
        return try await carryOut(change, body.reason, nil, context)
    }

    private func carryOut(
        _ change: BackendWish.Change,
        _ reason: String?,
        _ term: String?,
        _ context: ControlContext
    ) async throws -> Response {
        try Self.check(reason: reason ?? "")
        let length = term.map { Term($0) }
        if let term, length == .some(nil) {
            throw Self.misunderstood("\"for\" is \"\(term)\"", fix: Term.form)
        }
        let wish = BackendWish(
            key: try report(context).key,
            change: change,
            by: context.callerName,
            reason: reason ?? "",
            term: length??.duration
        )
        let notes = try await inTime { try await controls.change(wish) }
        // One that is not configured is gone from the list once nothing is ordered about it.
        let all = BackendReport.all(of: controls.snapshot())
        guard var report = try all.first(where: { try $0.key == wish.key }) else {
            return .json(Forgotten(forgotten: true))
        }
        report.notes = notes.isEmpty ? nil : notes
        var response = Response.json(report, status: report.isThere ? .ok : .accepted)
        // Where to watch it happen.
        if !report.isThere { response.headers[.location] = report.path }
        return response
    }

    private func body<Body: Decodable>(
        of request: Request,
        as type: Body.Type,
        _ example: String
    ) async throws -> Body {
        let text = try await text(of: request)
        do {
            return try JSONDecoder().decode(type, from: Data(text.utf8))
        } catch {
            throw Self.misunderstood(Self.describe(error), fix: example)
        }
    }

    private static func misunderstood(_ because: String, fix: String) -> ProblemAnswer {
        ProblemAnswer(status: .badRequest, fault: .notUnderstood(because, fix: fix))
    }
}

/// The answer about a real server of which nothing is known any more.
private struct Forgotten: Codable {
    var forgotten: Bool
}

extension BackendReport {
    /// Whether nothing is on its way: no connection to end, no weight to change, no hand-over.
    fileprivate var isThere: Bool {
        guard backend.waiting == nil else { return false }
        if let handover = backend.handover { return handover.stopped != nil }
        guard backend.admin != Backend.AdminState.ready.rawValue else { return true }
        return (backend.weight ?? 0) == 0 && (backend.activeConnections ?? 0) == 0
    }
}
