internal import Core
internal import Foundation
internal import Hummingbird
internal import HummingbirdCore
internal import Net

// The paths that take the director, or one VIP, out of the fabric and back.

extension ControlRoutes {
    /// Adds them to what `router` answers.
    func addDrains(to router: Router<ControlContext>) {
        add("/v1/node", to: router, get: { _, _ in .json(controls.snapshot().node) })
        add("/v1/node/state", to: router, put: changeNode)
        add("/v1/vips/:vip/state", to: router, put: changeVIP)
        add("/v1/operations/:id", to: router, get: { .json(try operation($1)) })
    }

    private func operation(_ context: ControlContext) throws -> OperationReport {
        let asked = try context.parameters.require("id")
        let id = asked.removingPercentEncoding ?? asked
        guard let report = OperationReport.find(id, in: controls.snapshot()) else {
            throw ProblemAnswer(status: .notFound, fault: .noSuchOperation(id))
        }
        return report
    }

    @Sendable private func changeNode(
        _ request: Request,
        _ context: ControlContext
    ) async throws -> Response {
        let wish = try await wish(in: request)
        try await carryOut(wish, on: .node, context)
        let node = controls.snapshot().node
        let isThere =
            switch wish.state {
            case .drained: node.state == .drained
            case .active: ![.draining, .drained].contains(node.state)
            }
        var response = Response.json(node, status: isThere ? .ok : .accepted)
        // Where to watch it happen.
        if !isThere {
            response.headers[.location] =
                wish.state == .drained ? OperationReport.path() : "/v1/node"
        }
        return response
    }

    @Sendable private func changeVIP(
        _ request: Request,
        _ context: ControlContext
    ) async throws -> Response {
        let wish = try await wish(in: request)
        let before = try vip(context).vip
        guard wish.transient != true else {
            throw ProblemAnswer(
                status: .badRequest,
                fault: .notUnderstood(
                    "a drain of one VIP is always kept",
                    fix: "leave \"transient\" out"
                )
            )
        }
        let address: IPAddress
        do throws(ParseError) {
            address = try IPAddress(parsing: before.address)
        } catch {
            throw ProblemAnswer(status: .internalServerError, fault: .unexpected(error))
        }
        try await carryOut(wish, on: .vip(address), context)
        let after = try vip(context).vip
        let isThere =
            switch wish.state {
            case .drained: after.drain?.step == .done
            case .active: after.drain == nil
            }
        var response = Response.json(after, status: isThere ? .ok : .accepted)
        if !isThere { response.headers[.location] = OperationReport.path(vip: after.name) }
        return response
    }

    private func carryOut(
        _ wish: NodeStateRequest,
        on scope: DrainScope,
        _ context: ControlContext
    ) async throws {
        try Self.check(reason: wish.reason ?? "")
        let term = wish.for.map { Term($0) }
        if let text = wish.for, term == .some(nil) {
            throw ProblemAnswer(
                status: .badRequest,
                fault: .notUnderstood("\"for\" is \"\(text)\"", fix: Term.form)
            )
        }
        let haste: DrainMode = wish.mode == .now ? .atOnce : .soft
        let order = DrainRequest(
            scope: scope,
            mode: wish.state == .drained ? haste : nil,
            by: context.callerName,
            reason: wish.reason ?? "",
            term: term??.duration,
            isLastPathWaived: wish.yes ?? false,
            isTransient: wish.transient ?? false
        )
        try await inTime { try await controls.drain(order) }
    }

    private func wish(in request: Request) async throws -> NodeStateRequest {
        let text = try await text(of: request)
        do {
            return try JSONDecoder().decode(NodeStateRequest.self, from: Data(text.utf8))
        } catch {
            throw ProblemAnswer(
                status: .badRequest,
                fault: .notUnderstood(
                    Self.describe(error),
                    fix: #"{"state": "drained", "mode": "soft", "reason": "...", "for": "2h"}"#
                        + #" or {"state": "active"}"#
                )
            )
        }
    }
}

extension ControlContext {
    /// Who asks, as orders are kept: `root`, or `uid 1000`.
    var callerName: String { caller.map { $0.uid == 0 ? "root" : "uid \($0.uid)" } ?? "unknown" }
}
