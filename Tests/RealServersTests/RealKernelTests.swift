import Core
import Foundation
import Link
import Net
import Netlink
import RealServers
import Testing

/// A real server on a real kernel, where there is a network namespace to throw away:
/// `unshare --net swift test --filter RealServersTests`.
///
/// A namespace with nothing but a loopback is one to throw away; anywhere else nothing is touched.
@Suite(.serialized) struct RealKernelTests {
    private static let v4 = IPAddress(v4: 0xcb00_710a)
    private static let v6 = IPAddress(v6: 0x2001_0db8_0113 << 80 | 0x10)
    private static let lone = Links.live()

    private static func mayChangeLinks() async -> Bool {
        do {
            guard try await lone.observe().count == 1, let name = LinkName("lo") else {
                return false
            }
            try await lone.set(name, up: true)
            return true
        } catch {
            return false
        }
    }

    private func withMemory(_ body: (RealServer, MemoryFile) async throws -> Void) async throws {
        let path = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString).path
        let file = MemoryFile(path: path)
        try await body(RealServer(file: file), file)
        if FileManager.default.fileExists(atPath: path) {
            try FileManager.default.removeItem(atPath: path)
        }
    }

    private var addresses: Set<Links.Address> {
        get async throws { Set(try await Self.lone.observe().flatMap(\.addresses)) }
    }

    @Test(.enabled("in a network namespace to throw away") { await mayChangeLinks() })
    func downUndoesExactlyWhatUpDid() async throws {
        let preparation = Preparation([Self.v6, Self.v4, Self.v4], forwarding: .directRouting)
        let before = try await addresses
        try await withMemory { server, file in
            #expect(try await server.check(preparation).count { $0.standing == .missing } == 2)
            #expect(try await server.up(preparation).map(\.text).count == 2)
            #expect(try await server.check(preparation).allSatisfy { $0.standing == .right })
            #expect(try await server.up(preparation).isEmpty)
            let ours = try await addresses.subtracting(before)
            #expect(ours.map(\.address).sorted() == [Self.v4, Self.v6].sorted())
            #expect(ours.allSatisfy { $0.isOurs })
            // One of them, then the rest.
            #expect(
                try await server.down([Self.v4]).map(\.text) == ["remove 203.0.113.10/32 from lo"]
            )
            #expect(try file.load()?.addresses.count == 1)
            #expect(try await server.down([]).count == 1)
            #expect(try await server.down([]).isEmpty)
            #expect(try file.load() == nil)
        }
        #expect(try await addresses == before)
    }

    /// Ours are known by their mark; what the settings were before is not known any more.
    @Test(.enabled("in a network namespace to throw away") { await mayChangeLinks() })
    func withoutItsMemoryItKnowsItsOwnByTheirMark() async throws {
        let preparation = Preparation([Self.v4, Self.v6], forwarding: .directRouting)
        let before = try await addresses
        try await withMemory { server, _ in _ = try await server.up(preparation) }
        try await withMemory { server, _ in
            let events = try await server.down([])
            #expect(events.count { $0.leftBecause == nil } == 2)
            #expect(events.last?.leftBecause?.contains("is not there to tell") == true)
        }
        #expect(try await addresses == before)
    }

    /// A memory that was tampered with writes nowhere but into settings that `up` could have.
    @Test(.enabled("in a network namespace to throw away") { await mayChangeLinks() })
    func writesOnlyWhereUpCouldHave() async throws {
        for path in [
            "/proc/sys/net/ipv4/ip_forward", "/proc/sys/net/ipv4/conf/all/forwarding",
            "/proc/sys/net/ipv4/conf/../ip_forward", "/etc/passwd",
        ] {
            try await withMemory { server, file in
                var memory = Memory()
                memory.note(Sysctl.Undo(path: path, before: 1, after: 0))
                try file.save(memory)
                await #expect(throws: Fault.self) { _ = try await server.down([]) }
            }
        }
    }
}
