import Link
import Net
import Netlink
import Synchronization
import Testing

/// The links of a real server, before a kernel that is played.
@Suite struct LinksTests {
    private let v4 = IPAddress(v4: 0xcb00_710a)
    private let v6 = IPAddress(v6: 0x2001_0db8_0113 << 80 | 0x10)
    private let fake = FakeLinks()
    private var links: Links { Links(over: fake.kernel) }

    init() {
        fake.state.withLock { $0.links = [("lo", nil, 1, true), ("eth0", nil, 2, true)] }
    }

    private func name(_ text: String) throws -> LinkName { try #require(LinkName(text)) }

    @Test func addsAndRemovesAnAddressOfTheHost() async throws {
        let loopback = try name("lo")
        #expect(try await links.add(v4, to: loopback) == .done)
        #expect(try await links.add(v4, to: loopback) == .already)
        #expect(try await links.add(v6, to: loopback) == .done)
        // RT_SCOPE_HOST for IPv4; IPv6 has no such scope for it.
        let added = fake.state.withLock { $0.addresses.map { [$0.prefixLength, $0.scope] } }
        #expect(added == [[32, 254], [128, 0]])
        let seen = try await links.observe()
        #expect(seen.map(\.name) == ["eth0", "lo"])
        #expect(
            seen[1].addresses == [
                Links.Address(v4, prefixLength: 32), Links.Address(v6, prefixLength: 128),
            ]
        )
        #expect(try await links.remove(v4, from: loopback) == .done)
        #expect(try await links.remove(v4, from: loopback) == .already)
        #expect(try await links.remove(v6, from: try name("gone")) == .already)
    }

    @Test func makesRaisesAndRemovesALink() async throws {
        let tunnel = try name("tunl0")
        #expect(try await links.make(tunnel, kind: "ipip") == .done)
        #expect(try await links.make(tunnel, kind: "ipip") == .already)
        try await links.set(tunnel, up: false)
        #expect(try await links.observe().first { $0.name == "tunl0" }?.isUp == false)
        try await links.set(tunnel, up: true)
        #expect(try await links.observe().first { $0.name == "tunl0" }?.isUp == true)
        #expect(try await links.remove(tunnel) == .done)
        #expect(try await links.remove(tunnel) == .already)
    }

    @Test func saysWhatIsMissing() async throws {
        let loopback = try name("lo")
        fake.state.withLock { $0.refusals[20] = .notPermitted }
        do throws(LinkError) {
            _ = try await links.add(v4, to: loopback)
            Issue.record("added without permission")
        } catch {
            #expect(error.code == "K303" && error.isRefusal)
            #expect("\(error)".hasPrefix("cannot add 203.0.113.10 to the link lo (EPERM)"))
        }
        await #expect(throws: LinkError(attempted: "set up the link gone", reason: .noLink)) {
            try await links.set(LinkName("gone") ?? loopback, up: true)
        }
    }

    @Test func readsADisturbedListAgainButNotForEver() async throws {
        fake.state.withLock { $0.disturbedDumps = 4 }
        #expect(try await links.observe().count == 2)
        fake.state.withLock { $0.disturbedDumps = 5 }
        await #expect(throws: LinkError.self) { _ = try await links.observe() }
    }

    /// Bytes that Linux 6.18 took, and of which it said `scope host lo:vip` and `deprecated`.
    @Test(.enabled(if: UInt16(1).littleEndian == 1))
    func asksForASilentAddressWithOurMark() async throws {
        let asked = Mutex<[Message]>([])
        let kernel = ScriptedKernel { message throws(NetlinkError) in
            asked.withLock { $0.append(message) }
            guard message.type == 18 else { return [] }
            let head = [0, 0, 4, 3, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0] as [UInt8]
            return [Message(type: 16, payload: head)]
        }
        let links = Links(over: kernel)
        let loopback = try name("lo")
        _ = try await links.add(v4, to: loopback)
        _ = try await links.add(v6, to: loopback)
        let sent = asked.withLock { $0.filter { $0.type == 20 } }
        #expect(
            sent.first?.payload == [
                0x02, 0x20, 0x00, 0xfe, 0x01, 0x00, 0x00, 0x00,  // INET /32, scope host, link 1
                0x08, 0x00, 0x02, 0x00, 0xcb, 0x00, 0x71, 0x0a,  // IFA_LOCAL 203.0.113.10
                0x08, 0x00, 0x01, 0x00, 0xcb, 0x00, 0x71, 0x0a,  // IFA_ADDRESS 203.0.113.10
                0x0b, 0x00, 0x03, 0x00, 0x6c, 0x6f, 0x3a, 0x76,  // IFA_LABEL "lo:vip"
                0x69, 0x70, 0x00, 0x00,
                0x05, 0x00, 0x0b, 0x00, 0x70, 0x00, 0x00, 0x00,  // IFA_PROTO 0x70
            ]
        )
        let address: [UInt8] = [
            0x20, 0x01, 0x0d, 0xb8, 0x01, 0x13, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
            0x00, 0x10,
        ]
        let head: [UInt8] = [0x0a, 0x80, 0x02, 0x00, 0x01, 0x00, 0x00, 0x00]  // INET6 /128 NODAD
        let lifetimes: [UInt8] = [
            0x14, 0x00, 0x06, 0x00, 0x00, 0x00, 0x00, 0x00,  // IFA_CACHEINFO: never preferred,
            0xff, 0xff, 0xff, 0xff, 0x00, 0x00, 0x00, 0x00,  // valid for ever
            0x00, 0x00, 0x00, 0x00,
        ]
        let wanted: [UInt8] =
            head + [0x14, 0x00, 0x02, 0x00] + address + [0x14, 0x00, 0x01, 0x00] + address
            + lifetimes + [0x05, 0x00, 0x0b, 0x00, 0x70, 0x00, 0x00, 0x00]
        #expect(sent.last?.payload == wanted)
    }
}
