internal import API
internal import Core

// What the verbs about real servers have in common.

extension Session {
    /// The real servers that `targets` name, each once.
    func resolve(_ targets: [String]) async throws -> [BackendReport] {
        let all = try await send(.get, "/v1/backends").decoded(as: [BackendReport].self)
        var found: [BackendReport] = []
        for target in targets {
            do throws(Fault) {
                for report in try BackendTarget.resolve(target, among: all)
                where !found.contains(where: { $0.name == report.name }) {
                    found.append(report)
                }
            } catch {
                throw ControlFailure(.refused, error)
            }
        }
        return found
    }

    /// Asks for a change of `report`, and tells what the daemon says beside.
    func change(_ report: BackendReport, _ what: String, _ body: String) async throws {
        let answer = try await send(.put, "\(report.path)/\(what)", body: body)
        let changed: BackendReport = try answer.decoded()
        let notes = (changed.notes ?? []).map {
            StyledText("! ", .warning) + StyledText("\(report.name): \($0)")
        }
        try terminal.tell(notes)
    }

    /// Asks for `state` of everything that `targets` name.
    @discardableResult
    func put(
        _ state: BackendStateRequest.State,
        on targets: [String],
        _ order: OrderOptions
    ) async throws -> [BackendReport] {
        let reports = try await resolve(targets)
        let body = BackendStateRequest(
            state: state,
            reason: order.spoken,
            for: order.term?.text
        )
        for report in reports { try await change(report, "state", try json(body)) }
        return reports
    }

    /// Waits until no more than `connections` are left of each of `reports`.
    func watch(_ reports: [BackendReport], connections: Int) async throws -> ExitStatus {
        var progress = BackendProgress(reports.map(\.name), connections: connections)
        var drawn = 0
        do {
            return try await wait(for: "the real servers to be empty") {
                for report in reports {
                    let now: BackendReport = try await send(.get, report.path).decoded()
                    let isNews = progress.observe(now.backend, of: report.name, at: elapsed)
                    if isNews, !terminal.isLive, let line = progress.line(of: report.name) {
                        try terminal.tell([line])
                    }
                }
                if terminal.isLive {
                    try terminal.redraw(progress.lines, over: drawn)
                    drawn = progress.lines.count
                }
                return switch progress.outcome {
                case .waiting, .emptying: nil
                case .empty: .success
                case .undone: .refused
                }
            }
        } catch let failure as ControlFailure where failure.kind == .late {
            guard progress.outcome == .emptying else { throw failure }
            try terminal.tell(progress.lines)
            try terminal.tell([
                StyledText("! ", .warning) + "They get no new flows; connections go on."
            ])
            return .drainDeadline
        }
    }
}
