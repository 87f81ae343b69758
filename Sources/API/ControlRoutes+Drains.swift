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
        try await carryOut(wish, on: [.node], context)
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

    /// Changes the VIPs that the path names, several with commas between; all of them or none.
    @Sendable private func changeVIP(
        _ request: Request,
        _ context: ControlContext
    ) async throws -> Response {
        let wish = try await wish(in: request)
        let asked = try context.parameters.require("vip").split(separator: ",").map { part in
            part.removingPercentEncoding ?? String(part)
        }
        let addresses = try asked.map { try address($0, for: wish.state) }
        guard wish.transient != true else {
            throw ProblemAnswer(
                status: .badRequest,
                fault: .notUnderstood(
                    "a drain of one VIP is always kept",
                    fix: "leave \"transient\" out"
                )
            )
        }
        try await carryOut(wish, on: addresses.map(DrainScope.vip), context)
        let texts = Set(addresses.map(\.description))
        let after = controls.snapshot().vips.filter { texts.contains($0.address) }
        let isThere = after.allSatisfy { vip in
            switch wish.state {
            case .drained: vip.drain?.step == .done
            case .active: vip.drain == nil
            }
        }
        let status: HTTPResponse.Status = isThere ? .ok : .accepted
        guard addresses.count == 1, let vip = after.first else {
            return .json(after, status: status)
        }
        var response = Response.json(vip, status: status)
        if !isThere { response.headers[.location] = OperationReport.path(vip: vip.name) }
        return response
    }

    /// The address of the VIP called `name`; to end a drain, also of one whose drain is kept
    /// although it is not in the configuration.
    private func address(
        _ name: String,
        for state: NodeStateRequest.State
    ) throws -> IPAddress {
        let snapshot = controls.snapshot()
        let kept = snapshot.keptDrains?.first { $0.isCalled(name) }
        let vip = snapshot.vips.first { $0.isCalled(name) }
        guard let text = vip?.address ?? (state == .active ? kept?.address : nil) else {
            throw ProblemAnswer(
                status: .notFound,
                fault: .noSuchVIP(name, among: snapshot.vips.map(\.name), kept: kept)
            )
        }
        do throws(ParseError) {
            return try IPAddress(parsing: text)
        } catch {
            throw ProblemAnswer(status: .internalServerError, fault: .unexpected(error))
        }
    }

    private func carryOut(
        _ wish: NodeStateRequest,
        on scopes: [DrainScope],
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
            scopes: scopes,
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
