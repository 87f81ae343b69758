internal import API
internal import ArgumentParser
internal import Core
internal import UnixSignals

/// What a drain is about: the director, or one VIP.
struct DrainPlace: Equatable, Sendable {
    /// The VIP's name; `nil` for the whole director.
    let vip: String?

    /// Where its state is asked for.
    var path: String {
        vip.map { "/v1/vips/\(ControlClient.segment($0))/state" } ?? "/v1/node/state"
    }
}

// What the verbs about drains have in common.

extension Session {
    /// The VIPs that `names` stand for, by name or address; the director when there are none.
    func places(_ names: [String]) async throws -> [DrainPlace] {
        guard !names.isEmpty else { return [DrainPlace(vip: nil)] }
        var places: [DrainPlace] = []
        for name in names {
            let found: VIPStatus = try await send(.get, "/v1/vips/\(ControlClient.segment(name))")
                .decoded()
            let place = DrainPlace(vip: found.name)
            if !places.contains(place) { places.append(place) }
        }
        return places
    }

    /// Asks for `wish` at `place`.
    @discardableResult
    func put(
        _ wish: NodeStateRequest,
        at place: DrainPlace
    ) async throws -> ControlClient.Answer {
        try await send(.put, place.path, body: try json(wish))
    }

    /// Ends what was ordered at `places`; answers with the drain of the director that is left.
    func end(at places: [DrainPlace], isTransient: Bool) async throws -> DrainStatus? {
        let wish = NodeStateRequest(state: .active, transient: isTransient ? true : nil)
        for place in places { try await put(wish, at: place) }
        return try await operation(OperationReport.path()).drain
    }

    /// How an operation comes along.
    ///
    /// Not to be inlined: the optimizer of Swift 6.3.1 crashes over it in a larger function.
    @inline(never)
    func operation(_ path: String) async throws -> OperationReport {
        try await send(.get, path).decoded()
    }

    /// Shows how the drains at `places` come along until each has ended, or somebody presses
    /// Ctrl-C, which ends the showing only.
    func watch(_ places: [DrainPlace]) async throws -> ExitStatus {
        try await withThrowingTaskGroup(of: ExitStatus?.self) { group in
            let signals = await UnixSignalsSequence(trapping: .sigint)
            group.addTask { try await follow(places) }
            group.addTask {
                for await _ in signals { return nil }
                return nil
            }
            // A sequence of signals ends with its task only, so the first answer is the answer.
            let first = try await group.next() ?? nil
            group.cancelAll()
            if let first { return first }
            let names = places.compactMap(\.vip).map { " \($0)" }.joined()
            try terminal.tell([
                "",
                "The drain goes on without us. Watch it: penstock drain\(StyledText(names)) --wait",
            ])
            throw ExitCode(130)
        }
    }

    private func follow(_ places: [DrainPlace]) async throws -> ExitStatus {
        var all = places.map { DrainProgress(of: $0.vip) }
        var drawn = 0
        return try await wait(for: "the drain") {
            for index in places.indices where all[index].outcome == .underWay {
                try await look(at: places[index], &all[index])
            }
            if terminal.isLive {
                let lines = all.flatMap(\.lines)
                try terminal.redraw(lines, over: drawn)
                drawn = lines.count
            }
            return DrainProgress.status(of: all)
        }
    }

    /// Takes one look at one drain, and tells what is news.
    private func look(at place: DrainPlace, _ progress: inout DrainProgress) async throws {
        let report = try await operation(OperationReport.path(vip: place.vip))
        let isNews = progress.observe(report.drain, at: elapsed, now: report.takenAt)
        if !terminal.isLive, isNews, let line = progress.lastLine { try terminal.tell([line]) }
    }
}
