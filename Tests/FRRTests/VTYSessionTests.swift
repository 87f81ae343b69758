import FRR
import Logging
import NIOPosix
import Synchronization
import TestSupport
import Testing

/// A connection that comes back.
@Suite(.timeLimit(.minutes(10))) struct VTYSessionTests {
    private static func session(_ socket: String, first: Duration, longest: Duration) -> VTYSession
    {
        VTYSession(
            socket: socket,
            group: MultiThreadedEventLoopGroup.singleton,
            allowances: .patient,
            backoff: Backoff(first: first, longest: longest),
            jitter: SeededGenerator(seed: 1),
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        )
    }

    @Test func sharesOneConnection() async throws {
        let daemon = FakeDaemon()
        try await daemon.start { _ in .reply() }
        let session = Self.session(daemon.socket, first: .seconds(1), longest: .seconds(1))
        try await withThrowingTaskGroup { group in
            for _ in 0..<20 { group.addTask { _ = try await session.connection().command(.ping) } }
            try await group.waitForAll()
        }
        #expect(daemon.connections == 1)
        await session.close()
        try await daemon.kill()
    }

    /// Until the backoff allows another dial, everyone gets the last error without a dial.
    @Test func doesNotHammer() async throws {
        let daemon = FakeDaemon()
        let session = Self.session(daemon.socket, first: .seconds(600), longest: .seconds(600))
        for _ in 0..<3 {
            await #expect(throws: FRRError.self) { try await session.connection() }
        }
        try await daemon.start { _ in .reply() }
        await #expect(throws: FRRError.self) { try await session.connection() }
        #expect(daemon.connections == 0)
        try await daemon.kill()
    }

    /// Somebody knows that the daemon is there: neither callers nor `keep` wait any longer.
    @Test func aHurryEndsTheWait() async throws {
        let daemon = FakeDaemon()
        let session = Self.session(daemon.socket, first: .seconds(600), longest: .seconds(600))
        let seen = Record()
        try await withThrowingTaskGroup { group in
            group.addTask { await session.keep { seen.append($0) } }
            await eventually { seen.codes.count == 1 }
            try await daemon.start { _ in .reply() }
            await #expect(throws: FRRError.self) { try await session.connection() }
            await session.hurry()
            await eventually { seen.codes.count == 2 }
            // One that is up is left alone.
            await session.hurry()
            _ = try await session.connection().command(.ping)
            group.cancelAll()
        }
        #expect(seen.codes == ["F101", "connected"])
        #expect(daemon.connections == 1)
        await session.close()
        try await daemon.kill()
    }

    /// A dial that is under way fails after all, for it began too early.
    @Test func aHurryOutlastsADialUnderWay() async throws {
        let daemon = FakeDaemon(version: nil)
        try await daemon.start { _ in .silence }
        let session = Self.session(daemon.socket, first: .seconds(600), longest: .seconds(600))
        let dial = Task { try await session.connection() }
        await eventually { daemon.connections == 1 }
        await session.hurry()
        try await daemon.kill()
        await #expect(throws: FRRError.self) { try await dial.value }
        try await daemon.start { command in
            .reply(command == "show version" ? "FRRouting 8.4.4 (fake).\n" : "")
        }
        _ = try await session.connection().command(.ping)
        #expect(daemon.connections == 2)
        await session.close()
        try await daemon.kill()
    }

    /// One that hangs up on everyone is not dialled in a rush, whoever reaches it meanwhile.
    @Test func noHurryAfterAnEnd() async throws {
        let daemon = FakeDaemon()
        try await daemon.start { _ in .reply() }
        let session = Self.session(daemon.socket, first: .seconds(600), longest: .seconds(600))
        let seen = Record()
        try await withThrowingTaskGroup { group in
            group.addTask { await session.keep { seen.append($0) } }
            await eventually { seen.codes.count == 1 }
            try await daemon.kill()
            await eventually { seen.codes.count == 2 }
            try await daemon.start { _ in .reply() }
            await session.hurry()
            await #expect(throws: FRRError.self) { try await session.connection() }
            group.cancelAll()
        }
        #expect(seen.codes == ["connected", "F113"])
        try await daemon.kill()
    }

    @Test func dialsAgainWhenItIsGone() async throws {
        let daemon = FakeDaemon()
        try await daemon.start { _ in .reply() }
        let session = Self.session(
            daemon.socket,
            first: .microseconds(1),
            longest: .microseconds(1)
        )
        _ = try await session.connection().command(.ping)
        try await daemon.kill()
        await #expect(throws: FRRError.self) {
            _ = try await session.connection().command(.ping)
            _ = try await session.connection().command(.ping)
        }
        try await daemon.start { _ in .reply() }
        await eventually {
            do { return try await session.connection().command(.ping).status == .success } catch {
                return false
            }
        }
        #expect(daemon.connections == 2)
        await session.close()
        try await daemon.kill()
    }

    /// Absent, there, killed, there again: each told once, in order, without anyone asking.
    @Test func keepsItForEver() async throws {
        let daemon = FakeDaemon()
        let session = Self.session(
            daemon.socket,
            first: .microseconds(100),
            longest: .milliseconds(1)
        )
        let seen = Record()
        try await withThrowingTaskGroup { group in
            group.addTask { await session.keep { seen.append($0) } }
            await eventually { seen.codes.count == 1 }
            try await daemon.start { _ in .reply() }
            await eventually { seen.codes.count == 2 }
            try await daemon.kill()
            await eventually { seen.codes.last == "F102" }
            try await daemon.start { _ in .reply() }
            await eventually { seen.codes.last == "connected" }
            group.cancelAll()
        }
        #expect(seen.codes.prefix(4) == ["F101", "connected", "F113", "F102"])
        // While the file is replaced a dial may find none.
        #expect([["connected"], ["F101", "connected"]].contains(Array(seen.codes.dropFirst(4))))
        try await daemon.kill()
    }
}

/// The changes reported so far.
private final class Record: Sendable {
    private let changes = Mutex<[VTYSession.Change]>([])

    var codes: [String] {
        changes.withLock { $0 }.map { change in
            switch change {
            case .connected: "connected"
            case .lost(let error): error.code
            }
        }
    }

    func append(_ change: VTYSession.Change) { changes.withLock { $0.append(change) } }
}
