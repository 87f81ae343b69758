import Glibc
import Testing

@testable import Netlink

/// Programs that are started with less than we have, and seen to end.
@Suite(.timeLimit(.minutes(10))) struct ChildProcessTests {
    /// What a script says, and how it ends.
    private func run(
        _ script: String,
        limits: [ChildProgram.Limit] = [],
        account: Account? = nil,
        environment: [String] = ["PATH=/usr/bin:/bin"]
    ) throws -> (said: String, end: ProcessEnd?) {
        let child = try ChildProcess(
            ChildProgram(
                path: "/bin/sh",
                arguments: ["sh", "-c", script],
                environment: environment,
                streams: .heard,
                limits: limits,
                account: account
            )
        )
        return (try words(of: child), try end(of: child))
    }

    /// Everything that it says until nobody has its output any more.
    private func words(of child: borrowing ChildProcess) throws -> String {
        let poller = try Poller()
        try poller.watch(child.line, for: .reading, key: 1)
        var buffer = [UInt8](repeating: 0, count: 4096)
        var said: [UInt8] = []
        while true {  // Ends with the output.
            _ = poller.wait(.seconds(60))
            guard let count = try child.line.receive(into: &buffer) else { continue }
            guard count > 0 else { return String(decoding: said, as: UTF8.self) }
            said += buffer[..<count]
        }
    }

    private func end(of child: borrowing ChildProcess) throws -> ProcessEnd? {
        let poller = try Poller()
        try poller.watch(child, key: 2)
        _ = poller.wait(.seconds(60))
        return child.end
    }

    @Test func tellsWhatItSaysAndHowItEnds() throws {
        let (said, end) = try run("echo out; echo err >&2; exit 3")
        #expect(said == "out\nerr\n")
        #expect(end == .exited(3))
        #expect(try run("kill -9 $$").end == .signalled(9))
    }

    /// It has three descriptors, an empty input, an environment that is all told, and no privilege.
    @Test func hasNoMoreThanItIsGiven() throws {
        let said = try run(
            """
            cat; env | grep -v -e ^PWD= -e ^_= -e ^OLDPWD= -e ^SHLVL=
            for fd in /proc/self/fd/*; do echo "${fd##*/}"; done
            grep -E '^(CapInh|CapPrm|CapEff|CapAmb|NoNewPrivs)' /proc/self/status
            """,
            environment: ["PATH=/usr/bin:/bin", "A=b"]
        ).said
        let lines = said.split(separator: "\n").map(String.init)
        #expect(Set(lines.prefix(2)) == ["PATH=/usr/bin:/bin", "A=b"])
        // 3 is the directory that is being listed.
        #expect(lines.dropFirst(2).prefix { !$0.hasPrefix("Cap") }.allSatisfy { Int($0) ?? 9 <= 3 })
        let rights = lines.filter { $0.hasPrefix("Cap") || $0.hasPrefix("NoNew") }
        #expect(
            rights
                == ["CapInh", "CapPrm", "CapEff", "CapAmb"].map { "\($0):\t0000000000000000" }
                + ["NoNewPrivs:\t1"]
        )
    }

    @Test func keepsWithinItsBounds() throws {
        let limits: [ChildProgram.Limit] = [
            .memory(512 << 20), .processorSeconds(7), .fileBytes(4096), .descriptors(20),
            .coreBytes(0),
        ]
        let said = try run(
            "ulimit -v; ulimit -t; ulimit -f; ulimit -n; ulimit -c",
            limits: limits
        ).said
        #expect(said == "\(512 << 10)\n7\n8\n20\n0\n")
    }

    /// What it has started goes with it, whatever that does about being asked.
    @Test func itsGroupEndsWithIt() throws {
        let child = try ChildProcess(
            ChildProgram(
                path: "/bin/sh",
                arguments: ["sh", "-c", "trap '' TERM; (trap '' TERM; sleep 600) & echo on; wait"],
                environment: ["PATH=/usr/bin:/bin"],
                streams: .heard
            )
        )
        let poller = try Poller()
        try poller.watch(child.line, for: .reading, key: 1)
        _ = poller.wait(.seconds(60))
        #expect(child.end == nil)
        child.terminate()
        child.killGroup()
        // Only when the last of them has ended, nobody has their output any more.
        _ = try words(of: child)
        #expect(try end(of: child) == .signalled(9))
    }

    @Test(.enabled(if: geteuid() == 0)) func isWhoItIsToBe() throws {
        let account = try #require(Account(named: "nobody"))
        let said = try run("id -u; id -g; id -G", account: account).said
        #expect(said == "\(account.user)\n\(account.group)\n\(account.group)\n")
        #expect(Account(named: "no such user") == nil)
    }

    @Test func saysWhyItCannotBeStarted() {
        #expect {
            _ = try ChildProcess(
                ChildProgram(path: "/no/such/file", arguments: ["x"], streams: .heard)
            )
        } throws: { error in
            (error as? SpawnFault)?.errno == .noEntry
                && "\(error)" == "cannot run its file: ENOENT"
        }
    }

    @Test(arguments: [
        ("6.1.0-18-amd64", (6, 1)), ("5.15.0", (5, 15)), ("6.18.44-fc", (6, 18)),
        ("6.2-rc1", (6, 2)),
        ("strange", (0, 0)), ("", (0, 0)), ("6", (0, 0)),
    ])
    func readsTheVersionOfTheKernel(release: String, version: (Int, Int)) {
        #expect(OwnProcess.kernel(release) == version)
    }
}
