import FRR
import FoundationEssentials
import Net
import NIOCore
import NIOPosix
import Testing

/// Why a connection cannot be made, told apart.
@Suite(.timeLimit(.minutes(10))) struct VTYDialTests {
    private func failure(
        _ socket: String,
        _ allowances: VTYAllowances = .patient
    ) async throws -> FRRError {
        try #require(
            await #expect(throws: FRRError.self) {
                try await VTY.dial(
                    socket,
                    on: MultiThreadedEventLoopGroup.singleton,
                    allowances: allowances
                )
            }
        )
    }

    /// A directory of its own, removed afterwards.
    private func withDirectory(_ body: (String) async throws -> Void) async throws {
        let directory = "/tmp/frrtests-\(UInt64.random(in: .min ... .max))"
        try FileManager.default.createDirectory(
            atPath: directory,
            withIntermediateDirectories: false
        )
        try await body(directory)
        try FileManager.default.removeItem(atPath: directory)
    }

    @Test func absent() async throws {
        try await withDirectory { directory in
            let socket = "\(directory)/bgpd.vty"
            let empty = try await failure(socket)
            #expect(empty == .absent(socket: socket, holds: []))
            #expect(empty.code == "F101" && empty.because.contains("empty"))

            #expect(FileManager.default.createFile(atPath: "\(directory)/zebra.vty", contents: nil))
            let other = try await failure(socket)
            #expect(other == .absent(socket: socket, holds: ["zebra.vty"]))
            #expect(other.because == "the directory \(directory) holds only zebra.vty")

            let nowhere = try await failure("\(directory)/no/bgpd.vty")
            #expect(nowhere == .absent(socket: "\(directory)/no/bgpd.vty", holds: nil))
        }
    }

    @Test func leftOver() async throws {
        let daemon = FakeDaemon()
        try await daemon.start { _ in .reply() }
        try await daemon.kill()
        let error = try await failure(daemon.socket)
        #expect(error == .leftOver(socket: daemon.socket) && error.code == "F102")
    }

    @Test func silent() async throws {
        let daemon = FakeDaemon()
        try await daemon.start { _ in .reply() }
        var allowances = VTYAllowances()
        allowances.greeting.deadline = .nanoseconds(1)
        // Nobody answers within a nanosecond, so no wait is needed to see the deadline pass.
        let error = try await failure(daemon.socket, allowances)
        #expect(error.code == "F104" || error.code == "F113", "\(error)")
        try await daemon.kill()
    }

    /// A listener that never accepts fills its queue, as a stopped daemon does.
    @Test func backlogFull() async throws {
        let path = "/tmp/frrtests-\(UInt64.random(in: .min ... .max)).vty"
        let group = MultiThreadedEventLoopGroup.singleton
        let listener = try await ServerBootstrap(group: group)
            .serverChannelOption(.autoRead, value: false)
            .serverChannelOption(.backlog, value: 1)
            .bind(unixDomainSocketPath: path, cleanupExistingSocketFile: true)
            .get()
        var waiting: [any Channel] = []
        for _ in 0..<2 {
            waiting.append(
                try await ClientBootstrap(group: group).connect(unixDomainSocketPath: path).get()
            )
        }
        let error = try await failure(path)
        #expect(error == .backlogFull(socket: path) && error.code == "F104")
        for channel in waiting + [listener] { try await channel.close().get() }
    }

    @Test func neitherSocketNorPath() async throws {
        try await withDirectory { directory in
            let file = "\(directory)/file"
            #expect(FileManager.default.createFile(atPath: file, contents: nil))
            let plain = try await failure(file)
            #expect(plain == .leftOver(socket: file))
            let inside = try await failure("\(file)/bgpd.vty")
            #expect(inside.code == "F101")
            let long = "/" + String(repeating: "x", count: 200)
            let tooLong = try await failure(long)
            #expect(tooLong.code == "F113")
        }
    }

    @Test func showsWhoMayOpenIt() {
        let access = SocketAccess(owner: "frr", group: "frrvty", mode: 0o770)
        let error = FRRError.forbidden(socket: "/run/frr/bgpd.vty", access: access)
        #expect(error.code == "F103")
        #expect(error.because.contains("frr:frrvty 0770"))
        #expect(error.fix.contains("usermod -aG frrvty"))
    }

    @Test func everyErrorHasItsWords() {
        let socket = "/s"
        let errors: [FRRError] = [
            .absent(socket: socket, holds: nil), .leftOver(socket: socket),
            .forbidden(socket: socket, access: nil), .backlogFull(socket: socket),
            .unreachable(socket: socket, words: "w"),
            .silent(socket: socket, line: "l", after: .seconds(2)),
            .closed(socket: socket, line: nil), .closed(socket: socket, line: "l"),
            .surprise(socket: socket, line: nil, .unsolicited),
            .surprise(socket: socket, line: "l", .trailer(1)), .crowded(socket: socket),
            .unspeakable(reason: "r"),
            .refused(line: "l", status: .noMatch, words: "w"),
            .refused(line: "l", status: .noMatch, words: ""),
            .unreadable(line: "l", reason: "r"), .noInstance,
            .otherASN(configured: 1, running: 2),
        ]
        #expect(Set(errors.map(\.description)).count == errors.count)
        for error in errors {
            #expect(error.description.hasPrefix("error[\(error.code)]: \(error.summary)\n"))
            #expect(!error.because.isEmpty && !error.fix.isEmpty)
        }
    }
}
