import FRR
import NIOCore
import NIOPosix
import Testing

/// A connection over a real unix socket, with everything a daemon can do wrong.
@Suite(.timeLimit(.minutes(10))) struct VTYTests {
    private static let patient = VTYAllowances.patient

    /// Short deadlines, for tests in which the daemon is silent.
    private static var impatient: VTYAllowances {
        var allowances = VTYAllowances.patient
        allowances.show.deadline = .milliseconds(50)
        return allowances
    }

    /// Runs `body` with a connection to a daemon that behaves like this.
    private func withVTY(
        allowances: VTYAllowances = patient,
        _ behaviour: @escaping FakeDaemon.Behaviour,
        _ body: (VTY, FakeDaemon) async throws -> Void
    ) async throws {
        let daemon = FakeDaemon()
        try await daemon.start(behaviour)
        let vty = try await VTY.dial(
            daemon.socket,
            on: MultiThreadedEventLoopGroup.singleton,
            allowances: allowances
        )
        try await body(vty, daemon)
        await vty.close()
        try await daemon.kill()
    }

    /// The error of `body`, which must throw one.
    private func failure(_ body: () async throws -> Void) async throws -> FRRError {
        try #require(await #expect(throws: FRRError.self) { try await body() })
    }

    @Test(arguments: Transcript.all)
    func carriesEveryTranscriptInSplinters(name: String) async throws {
        let exchanges = try Transcript(name).exchanges
        let splinters = exchanges.map { exchange in exchange.frame.suffix(64).map { [$0] } }
        let heads = exchanges.map { Array($0.frame.dropLast(64)) }
        let behaviour: FakeDaemon.Behaviour = { command in
            guard let index = Int(command) else { return .hangUp }
            return .write([heads[index]] + splinters[index])
        }
        try await withVTY(behaviour) { vty, _ in
            for (index, exchange) in exchanges.enumerated() {
                let reply = try await vty.command(VTYLine(validating: "\(index)"))
                #expect(reply == exchange.reply)
            }
            #expect(vty.isOpen)
        }
    }

    @Test func handsOutEveryStatus() async throws {
        try await withVTY({ .reply("words\n", status: UInt8($0) ?? 255) }) { vty, _ in
            for status in UInt8.min...UInt8.max {
                let reply = try await vty.command(VTYLine(validating: "\(status)"))
                #expect(reply.status.rawValue == status && reply.text == "words\n")
            }
        }
    }

    @Test func keepsOneCommandInFlightAndScriptsWhole() async throws {
        try await withVTY({ .reply($0) }) { vty, daemon in
            try await withThrowingTaskGroup { group in
                for script in 0..<20 {
                    group.addTask {
                        let lines = try (0..<5).map { try VTYLine(validating: "\(script).\($0)") }
                        let replies = try await vty.run(
                            VTYScript(
                                lines.map { .reported($0) },
                                allowance: Self.patient.configure
                            )
                        )
                        #expect(replies.map(\.text) == lines.map(\.text))
                    }
                }
                try await group.waitForAll()
            }
            let owners = daemon.received.map { $0.prefix { $0 != "." } }
            for start in stride(from: 0, to: owners.count, by: 5) {
                #expect(Set(owners[start..<start + 5]).count == 1, "scripts were mixed")
            }
        }
    }

    @Test func hangsUpOnSilence() async throws {
        try await withVTY(allowances: Self.impatient, { _ in .silence }) { vty, _ in
            let error = try await failure { _ = try await vty.command(.showVersion) }
            #expect(error.code == "F104")
            #expect(error.summary.contains("show version"))
            await vty.closed()
            // The connection is dead for good, and says why at once.
            let again = try await failure { _ = try await vty.command(.showVersion) }
            #expect(again == error)
        }
    }

    @Test func hangsUpWhenTheTrailerNeverEnds() async throws {
        let stub = FakeDaemon.Act.write([Array("text".utf8) + [0, 0, 0]])
        try await withVTY(allowances: Self.impatient, { _ in stub }) { vty, _ in
            let again = try await failure { _ = try await vty.command(.showVersion) }
            #expect(again.code == "F104")
        }
    }

    @Test(arguments: [
        [UInt8(0), 0, 7, 0], [0x41, 0, 0x42, 0, 0], [0, 0, 0, 0, 0], [0, 0, 0, 0, 0x41],
    ])
    func hangsUpOnGarbage(bytes: [UInt8]) async throws {
        try await withVTY({ _ in .write([bytes]) }) { vty, _ in
            let error = try await failure {
                // A surplus behind a good reply is noticed then, or by the next command.
                _ = try await vty.command(.showVersion)
                await vty.closed()
                _ = try await vty.command(.showVersion)
            }
            #expect(error.code == "F114", "\(error)")
            await vty.closed()
            #expect(!vty.isOpen)
        }
    }

    @Test func hangsUpOnAnEndlessReply() async throws {
        var allowances = Self.patient
        allowances.show.replyBytes = 1 << 20
        try await withVTY(allowances: allowances, { _ in .endless }) { vty, _ in
            let error = try await failure { _ = try await vty.command(.showVersion) }
            #expect(error.code == "F114")
            #expect(error.because.contains("\(1 << 20)"))
        }
    }

    @Test func hangsUpOnUnsolicitedBytes() async throws {
        try await withVTY({ _ in .reply() }) { vty, daemon in
            _ = try await vty.command(.showVersion)
            daemon.blurt("2026/11/21 07:00:00 BGP: a log line")
            await vty.closed()
            let again = try await failure { _ = try await vty.command(.showVersion) }
            #expect(again.code == "F114")
        }
    }

    @Test func noticesTheEndInTheMiddle() async throws {
        try await withVTY({ _ in .hangUp }) { vty, daemon in
            let error = try await failure { _ = try await vty.command(.showVersion) }
            #expect(error == .closed(socket: daemon.socket, line: "show version"))
        }
    }

    @Test func failsEveryoneWhoWaits() async throws {
        try await withVTY({ _ in .hangUp }) { vty, daemon in
            await withTaskGroup { group in
                for _ in 0..<10 {
                    group.addTask {
                        await #expect(throws: FRRError.self) { try await vty.command(.ping) }
                    }
                }
            }
            #expect(daemon.received.count == 1)
        }
    }

    @Test func hangsUpWhenTheCallerIsCancelled() async throws {
        try await withVTY({ _ in .silence }) { vty, daemon in
            await withTaskGroup { group in
                group.addTask {
                    await #expect(throws: FRRError.self) { try await vty.command(.ping) }
                }
                await eventually { daemon.received == ["echo PING"] }
                group.cancelAll()
            }
            await vty.closed()
            #expect(!vty.isOpen)
        }
    }

    @Test func leavesConfigurationAfterARefusal() async throws {
        let behaviour: FakeDaemon.Behaviour = { .reply(status: $0 == "router bgp" ? 13 : 0) }
        try await withVTY(behaviour) { vty, daemon in
            let script = VTYScript(
                [.required(.configureTerminal), .required(.routerBGP), .reported(.ping)],
                closing: .end,
                allowance: Self.patient.configure
            )
            let error = try await failure { try await vty.expect(script) }
            #expect(error == .refused(line: "router bgp", status: .configurationFailed, words: ""))
            #expect(daemon.received == ["configure terminal", "router bgp", "end"])
        }
    }

    @Test func boundsTheQueue() async throws {
        try await withVTY({ _ in .silence }) { vty, _ in
            await withTaskGroup(of: String.self) { group in
                for _ in 0..<(VTYLimits.waitingScripts + 2) {
                    group.addTask {
                        do {
                            _ = try await vty.command(.ping)
                            return "answered"
                        } catch { return "\(error)" }
                    }
                }
                // One is in flight, the bound waits, and the one too many is told at once.
                let first = await group.next()
                #expect(first?.contains("too many") == true)
                group.cancelAll()
            }
        }
    }
}
