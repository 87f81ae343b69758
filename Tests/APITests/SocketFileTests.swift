import API
import Core
import Foundation
import Logging
import NIOCore
import NIOPosix
import TestSupport
import Testing

struct SocketFileTests {
    private func server(
        _ path: String,
        group: String? = nil,
        logger: Logger = .silent
    ) throws -> ControlServer {
        ControlServer(
            socket: SocketFile(path: path, group: group),
            controls: StagedDirector(try SampleSnapshot.calm()).controls,
            logger: logger
        )
    }

    private func fault(of server: ControlServer) async throws -> Fault {
        do {
            try await server.run()
            Issue.record("the server ran")
            throw CancellationError()
        } catch let fault as Fault {
            return fault
        }
    }

    private func listen(_ path: String) async throws -> any Channel {
        try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .bind(unixDomainSocketPath: path).get()
    }

    @Test func isForOwnerAndGroupAloneAndGoesWithTheServer() async throws {
        let directory = try TestDirectory()
        defer { directory.remove() }
        let client = ControlClient(socket: directory.socket, timeout: TestDirectory.hang)
        try await server(directory.socket).serving(client) {
            let attributes = try FileManager.default.attributesOfItem(atPath: directory.socket)
            #expect((attributes[.posixPermissions] as? NSNumber)?.intValue == 0o660)
            let names = try FileManager.default.contentsOfDirectory(atPath: directory.path)
            #expect(names == ["control.sock"])
        }
        #expect(try FileManager.default.contentsOfDirectory(atPath: directory.path).isEmpty)
    }

    @Test func goesWithACancelledServerToo() async throws {
        let directory = try TestDirectory()
        defer { directory.remove() }
        let client = ControlClient(socket: directory.socket, timeout: TestDirectory.hang)
        let server = try server(directory.socket)
        await withTaskGroup { group in
            group.addTask {
                await #expect(throws: Never.self) { try await server.run() }
            }
            await #expect(throws: Never.self) { try await client.waitUntilServed() }
            group.cancelAll()
        }
        #expect(try FileManager.default.contentsOfDirectory(atPath: directory.path).isEmpty)
    }

    @Test func makesItsDirectory() async throws {
        let directory = try TestDirectory()
        defer { directory.remove() }
        let path = "\(directory.path)/run/c.sock"
        let client = ControlClient(socket: path, timeout: TestDirectory.hang)
        try await server(path).serving(client) {}
    }

    @Test func replacesWhatADeadDaemonLeft() async throws {
        let directory = try TestDirectory()
        defer { directory.remove() }
        try await leaveSocket(at: directory.socket)
        #expect(FileManager.default.fileExists(atPath: directory.socket))
        let client = ControlClient(socket: directory.socket, timeout: TestDirectory.hang)
        try await server(directory.socket).serving(client) {}
    }

    @Test func leavesARunningDaemonAlone() async throws {
        let directory = try TestDirectory()
        defer { directory.remove() }
        let running = try await listen(directory.socket)
        let fault = try await fault(of: server(directory.socket))
        #expect(fault == .alreadyRunning(directory.socket))
        #expect(FileManager.default.fileExists(atPath: directory.socket))
        try await running.close()
    }

    @Test func doesNotRemoveWhatIsNoSocket() async throws {
        let directory = try TestDirectory()
        defer { directory.remove() }
        try Data("precious".utf8).write(to: URL(fileURLWithPath: directory.socket))
        let fault = try await fault(of: server(directory.socket))
        #expect(fault.code == "D412")
        #expect(fault.because == "something that is no socket is in its place")
        #expect(try Data(contentsOf: URL(fileURLWithPath: directory.socket)).count == 8)
    }

    @Test func saysWhyItCannotBeMade() async throws {
        let long = "/tmp/" + String(repeating: "x", count: 103)
        #expect(try await fault(of: server(long)).because == "the path has more than 106 bytes")
        let nowhere = try await fault(of: server("/proc/nowhere/control.sock"))
        #expect(nowhere.code == "D412")
    }

    @Test func runsWithoutAGroupThatDoesNotExist() async throws {
        let directory = try TestDirectory()
        defer { directory.remove() }
        let client = ControlClient(socket: directory.socket, timeout: TestDirectory.hang)
        try await server(directory.socket, group: "no-such-group-here").serving(client) {
            _ = try await client.send(.post, "/v1/reload")
        }
    }
}
