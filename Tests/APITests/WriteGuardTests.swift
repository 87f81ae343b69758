import API
import Core
import Foundation
import Logging
import NIOCore
import Synchronization
import TestSupport
import Testing

struct AuthorityTests {
    @Test(arguments: [
        (UInt32(0), [UInt32(0)], true),
        (990, [990], true),
        (1000, [1000], false),
        (1000, [980], true),
        (1000, [1000, 980], true),
        (1000, [], false),
    ])
    func rootTheOwnerAndTheGroupMayWrite(uid: UInt32, groups: [UInt32], mayWrite: Bool) {
        let authority = Authority(owner: 990, group: 980)
        #expect(authority.mayWrite(Caller(pid: 1, uid: uid, groups: groups)) == mayWrite)
    }

    @Test func withoutAGroupNobodyElseMay() {
        let authority = Authority(owner: 990, group: nil)
        #expect(!authority.mayWrite(Caller(pid: 1, uid: 1000, groups: [980, 0])))
    }
}

struct WriteGuardTests {
    private func answers(
        as caller: @escaping @Sendable (any Channel) async throws -> Caller,
        _ body: (ControlClient, StagedDirector) async throws -> Void
    ) async throws {
        let directory = try TestDirectory()
        defer { directory.remove() }
        let director = StagedDirector(try SampleSnapshot.mixed())
        let client = ControlClient(socket: directory.socket, timeout: TestDirectory.hang)
        let server = ControlServer(
            socket: SocketFile(path: directory.socket, group: nil),
            controls: director.controls,
            logger: .silent,
            caller: caller
        )
        try await server.serving(client) { try await body(client, director) }
    }

    @Test func aStrangerMayLookAndNotTouch() async throws {
        try await answers(as: { _ in Caller(pid: 7, uid: 4_000_000, groups: [4_000_000]) }) {
            client,
            director in
            let node: NodeStatus = try await client.get("/v1/node")
            #expect(node.name == "ams1-dir-a")
            for (method, path) in [
                (ControlClient.Method.put, "/v1/node/state"), (.post, "/v1/reload"),
                (.post, "/v1/plan"), (.post, "/v1/nope"),
            ] {
                // The refusal must arrive although the body is still on its way by then.
                let body = String(repeating: "x", count: 1 << 20)
                let failure = try await client.failure(method, path, body: body)
                #expect(failure.kind == .forbidden)
                #expect(failure.fault.code == "D403")
                #expect(failure.fault.because.hasPrefix("user 4000000 is neither root"))
            }
            #expect(director.requests.isEmpty)
        }
    }

    @Test func nobodyMayWriteWhomTheKernelDoesNotName() async throws {
        try await answers(as: { _ in throw ChannelError.operationUnsupported }) {
            client,
            director in
            let failure = try await client.failure(.post, "/v1/reload")
            #expect(failure.kind == .forbidden)
            #expect(failure.fault.because == "the kernel did not say who is asking")
            #expect(director.requests.isEmpty)
        }
    }

    @Test func theKernelSaysWhoIsAsking() async throws {
        let seen = Mutex<Caller?>(nil)
        let own = try FileManager.default.attributesOfItem(atPath: "/proc/self")
        try await answers(as: { channel in
            let peer = try await Caller.of(channel)
            seen.withLock { $0 = peer }
            return peer
        }) { client, director in
            _ = try await client.send(.post, "/v1/reload")
            #expect(director.requests == ["reload"])
        }
        let peer = try #require(seen.withLock { $0 })
        #expect(peer.pid == ProcessInfo.processInfo.processIdentifier)
        #expect(peer.uid == (own[.ownerAccountID] as? NSNumber)?.uint32Value)
        let group = try #require((own[.groupOwnerAccountID] as? NSNumber)?.uint32Value)
        #expect(peer.groups.first == group)
    }
}
