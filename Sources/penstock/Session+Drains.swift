internal import API
internal import ArgumentParser
internal import Core
internal import UnixSignals

/// What a drain is about: the director, or one VIP.
struct DrainPlace: Equatable, Sendable {
    /// The VIP's name; `nil` for the whole director.
    let vip: String?
}

extension [DrainPlace] {
    /// Where the state of all of them is asked for, in one request.
    var path: String {
        let names = compactMap { $0.vip.map(ControlClient.segment) }
        return names.isEmpty ? "/v1/node/state" : "/v1/vips/\(names.joined(separator: ","))/state"
    }
}

// What the verbs about drains have in common.

extension Session {
    /// The VIPs that `names` stand for, by name or address; the director when there are none.
    ///
    /// To end a drain, what is not in the configuration may be named as well: one may be kept for
    /// it.
    func places(_ names: [String], isEnding: Bool = false) async throws -> [DrainPlace] {
        guard !names.isEmpty else { return [DrainPlace(vip: nil)] }
        var places: [DrainPlace] = []
        for name in names {
            let place = DrainPlace(vip: try await vip(called: name, isEnding: isEnding))
            if !places.contains(place) { places.append(place) }
        }
        return places
    }

    private func vip(called name: String, isEnding: Bool) async throws -> String {
        do {
            let found: VIPStatus = try await send(.get, "/v1/vips/\(ControlClient.segment(name))")
                .decoded()
            return found.name
        } catch let failure as ControlFailure where failure.fault.code == "D404" && isEnding {
            return name
        }
    }

    /// Asks for `wish` at all of `places`, or at none if it is refused at any.
    @discardableResult
    func put(
        _ wish: NodeStateRequest,
        at places: [DrainPlace]
    ) async throws -> ControlClient.Answer {
        try await send(.put, places.path, body: try json(wish))
    }

    /// Ends what was ordered at `places`; answers with the drain of the director that is left.
    func end(at places: [DrainPlace], isTransient: Bool) async throws -> DrainStatus? {
        let wish = NodeStateRequest(state: .active, transient: isTransient ? true : nil)
        try await put(wish, at: places)
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
