import Core
import Foundation
import Glibc
import Net
import Netlink
import Synchronization
import Testing

@testable import Probes

/// Programs as checks: those that end well or badly, and those that mean harm.
@Suite(.timeLimit(.minutes(10))) struct ProgramProberTests {
    private static let endpoint = Endpoint(IPAddress(v4: 0x0a00_0001), 8080)

    /// What comes of a script for each of `scripts`, run at once.
    private func outcomes(
        _ scripts: [String],
        timeout: Duration = Trial.patience,
        megabytes: Int = 512,
        user: String? = nil,
        file: String = "/bin/sh"
    ) async throws -> [String: Outcome] {
        let (ends, ended) = AsyncStream.makeStream(of: ProbeEnd.self)
        let prober = try ProgramProber { batch in for end in batch { ended.yield(end) } }
        defer { prober.stop() }
        prober.start(
            scripts.map { script in
                let terms = ProgramTerms(
                    command: [file, "-c", script],
                    user: user,
                    megabytes: megabytes
                )
                let check = Check(method: .program(terms), timeout: timeout)
                let target = ProbeTarget(endpoint: Self.endpoint, check: check)
                #expect(prober.carries(target))
                return ProbeOrder(ProbeSchedule.Run(target: target), started: .zero)
            }
        )
        var outcomes: [String: Outcome] = [:]
        for await end in ends.prefix(scripts.count) {
            guard case .program(let terms) = end.order.run.target.check.method else { continue }
            outcomes[terms.command[2]] = end.outcome
        }
        return outcomes
    }

    @Test(arguments: [
        ("exit 0", Outcome.Code.l7ok, "exit status 0"),
        ("echo well; echo more", .l7ok, "well"),
        ("echo 'no route' >&2; exit 2", .l7status, "exit status 2: no route"),
        ("exit 127", .l7status, "exit status 127"),
        ("kill -SEGV $$", .l7response, "ended by signal 11"),
        // What a terminal would obey is not shown.
        (#"printf '\033[2Jx'"#, .l7ok, "?[2Jx"),
        (
            "cat; echo $PENSTOCK_ADDRESS $PENSTOCK_PORT $PENSTOCK_TIMEOUT_MS", .l7ok,
            "10.0.0.1 8080 20000"
        ),
        // Its output is nobody's any more, and it goes on.
        ("exec >&- 2>&-; exit 1", .l7status, "exit status 1"),
        // What it leaves behind holds its output, and nothing up.
        ("sleep 600 & exit 0", .l7ok, "exit status 0"),
    ])
    func itsEndIsTheResult(script: String, code: Outcome.Code, detail: String) async throws {
        let outcome = try #require(try await outcomes([script])[script])
        #expect(outcome.code == code)
        #expect(outcome.detail == detail)
    }

    /// Whatever it does, its time is all that it gets, and what is known of it is its own failure.
    @Test func harmIsItsOwn() async throws {
        let hostile = [
            "sleep 600", "trap '' TERM INT HUP; while :; do sleep 1; done",
            "exec >&- 2>&-; exec sleep 600", "yes", "cat /dev/zero", "kill -STOP $$",
            "for i in 1 2 3 4 5 6 7 8; do sleep 600 & done; wait",
        ]
        let well = ["exit 0", "echo fine"]
        var found: [String: Outcome] = [:]
        // On a machine with too little CPU it is not judged: it is asked again.
        for _ in 0..<20
        where found.values.contains(where: { $0.verdict == .unknown })
            || found.isEmpty
        {
            found = try await outcomes(hostile, timeout: .milliseconds(700))
        }
        for script in hostile {
            let outcome = try #require(found[script])
            #expect(outcome.code == .l7timeout, "\(script): \(outcome)")
            #expect(outcome.detail.hasPrefix("still running after 700ms"))
        }
        #expect(try await outcomes(well).values.allSatisfy { $0.code == .l7ok })
    }

    @Test func itHasBounds() async throws {
        let file = "head -c 2000000 /dev/zero > /tmp/penstock-program-test; exit 3"
        let memory = "x=$(head -c 400000000 /dev/zero | tr '\\0' x)"
        let found = try await outcomes([file, memory], megabytes: 64)
        // The shell tells the signal of its child (SIGXFSZ) or goes on; the file is what it may be.
        #expect(found[file]?.verdict == .failed)
        #expect(found[memory]?.verdict == .failed)
        let size =
            try FileManager.default
            .attributesOfItem(atPath: "/tmp/penstock-program-test")[.size] as? Int
        #expect((size ?? 0) <= Int(ProgramLimits.fileBytes))
        try FileManager.default.removeItem(atPath: "/tmp/penstock-program-test")
    }

    /// What cannot be run says nothing about the server.
    @Test func whatCannotBeRunIsUnknown() async throws {
        let missing = try await outcomes(["x"], file: "/no/such/file")["x"]
        #expect(missing?.code == .socketError)
        #expect(missing?.detail == "/no/such/file: cannot run its file: ENOENT")
        let user = try await outcomes(["x"], user: "no-such-user")["x"]
        #expect(user?.code == .socketError)
        #expect(user?.detail == "/bin/sh: this host knows no user no-such-user")
    }

    /// More than may run at once wait, and each has its result.
    @Test func manyWaitForEachOther() async throws {
        let scripts = (0..<ProgramLimits.atOnce * 3).map { "exit 0; \($0)" }
        let found = try await outcomes(scripts)
        #expect(found.count == scripts.count)
        #expect(found.values.allSatisfy { $0.code == .l7ok })
    }

    /// Those that wait longer than their time say nothing.
    @Test func oneThatIsNotStartedInTimeIsUnknown() async throws {
        let scripts = (0..<ProgramLimits.atOnce + 1).map { "exec sleep 600; \($0)" }
        let found = try await outcomes(scripts, timeout: .milliseconds(300))
        #expect(found.values.contains { $0.detail.hasPrefix("not started in time") })
    }

    /// Whose time went by while it waited for others may have been about to answer.
    @Test func oneThatWasStartedLateIsUnknown() async throws {
        let first = (0..<ProgramLimits.atOnce).map { "exec sleep 0.5; \($0)" }
        let last = "exec sleep 600; last"
        let found = try await outcomes(first + [last], timeout: .milliseconds(900))
        #expect(found[last]?.code == .socketError, "\(String(describing: found[last]))")
    }

    @Test(.enabled(if: geteuid() == 0)) func itIsRunAsAnother() async throws {
        let account = try #require(Account(named: "nobody"))
        let found = try await outcomes(["id -u"], user: "nobody")["id -u"]
        #expect(found?.detail == "\(account.user)")
    }

    /// One that leaves its group and its parent is ended by the worker, whose child it becomes.
    @Test func whoLeavesItsGroupIsEnded() async throws {
        let mark = "/tmp/penstock-stray-\(getpid())"
        let script = "setsid sh -c 'echo $$ > \(mark); exec sleep 600' & sleep 0.2; exit 0"
        let (sights, seen) = AsyncStream.makeStream(of: ProbeWorkerSight.self)
        let (ends, ended) = AsyncStream.makeStream(of: ProbeEnd.self)
        let prober = try RemoteProber(
            program: { RemoteProberTests.real($0) },
            told: { seen.yield($0) }
        )
        prober.begin { batch in for end in batch { ended.yield(end) } }
        defer { prober.stop() }
        let terms = ProgramTerms(command: ["/bin/sh", "-c", script])
        let check = Check(method: .program(terms), timeout: Trial.patience)
        let target = ProbeTarget(endpoint: Self.endpoint, check: check)
        prober.start([ProbeOrder(ProbeSchedule.Run(target: target), started: .zero)])
        for await end in ends.prefix(1) { #expect(end.outcome.code == .l7ok) }
        for await sight in sights.prefix(1) { #expect(sight.isRunning) }
        let text = try String(contentsOfFile: mark, encoding: .utf8)
        let stray = try #require(Int32(text.trimmingCharacters(in: .whitespacesAndNewlines)))
        // Ends when it has been ended; the suite's time limit bounds this.
        while kill(stray, 0) == 0 { await Task.yield() }
        try FileManager.default.removeItem(atPath: mark)
    }
}
