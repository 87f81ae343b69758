import Link
import Net
import Netlink
import Synchronization
import Testing

@Suite struct HostRoutesTests {
    private let v4 = IPAddress(v4: 0xc000_0201)
    private let other = IPAddress(v4: 0xc000_0202)
    private let v6 = IPAddress(v6: 0x2001_0db8 << 96 | 1)
    private let fake = FakeLinks()
    private let routes: HostRoutes

    init() { routes = HostRoutes(owner: 112, over: fake.kernel) }

    private var asked: [UInt16] {
        fake.state.withLock { state in
            defer { state.asked = [] }
            return state.asked
        }
    }

    @Test func addsMovesAndRemoves() async throws {
        #expect(try await routes.observe() == [:])
        #expect(try await routes.apply([v4: 100, v6: 200]) == [:])
        #expect(try await routes.observe() == [v4: [100], v6: [200]])
        let kept = fake.state.withLock { $0.routes }
        #expect(kept.map(\.table) == [254, 254])
        #expect(kept.map(\.type) == [6, 6])

        _ = asked
        #expect(try await routes.apply([v4: 200]) == [:])
        // Listed, the new one added, and only then the old one removed.
        #expect(asked == [26, 26, 24, 25])
        #expect(try await routes.observe() == [v4: [200], v6: [200]])

        _ = asked
        #expect(try await routes.apply([v4: 200]) == [:])
        #expect(asked == [26, 26])

        #expect(try await routes.apply([other: 100], removing: [v4, v6]) == [:])
        #expect(try await routes.observe() == [other: [100]])
        #expect(try await routes.apply([:], removing: [v4, other]) == [:])
        #expect(try await routes.observe() == [:])
    }

    @Test func removesWhatGoesBeforeItAddsAnything() async throws {
        #expect(try await routes.apply([v4: 100]) == [:])
        _ = asked
        #expect(try await routes.apply([other: 100], removing: [v4]) == [:])
        #expect(asked == [26, 26, 25, 24])
    }

    @Test func removesEveryMetricThereIs() async throws {
        fake.state.withLock { state in
            state.routes = [100, 200, 300].map {
                FakeRoute(destination: [192, 0, 2, 1], metric: $0)
            }
        }
        #expect(try await routes.observe() == [v4: [100, 200, 300]])
        #expect(try await routes.apply([v4: 200]) == [:])
        #expect(try await routes.observe() == [v4: [200]])
        fake.state.withLock { $0.routes.append(FakeRoute(destination: [192, 0, 2, 1], metric: 7)) }
        #expect(try await routes.apply([:], removing: [v4]) == [:])
        #expect(fake.state.withLock { $0.routes } == [])
    }

    @Test func neitherListsNorTouchesWhatIsNotItsOwn() async throws {
        let foreign = [
            FakeRoute(destination: [192, 0, 2, 1], metric: 100, owner: 186),
            FakeRoute(destination: [192, 0, 2, 1], metric: 50, table: 255),
            FakeRoute(destination: [192, 0, 2, 1], metric: 60, type: 1, link: 3),
        ]
        fake.state.withLock { $0.routes = foreign }
        #expect(try await routes.observe() == [:])
        #expect(try await routes.apply([:], removing: [v4]) == [:])
        #expect(fake.state.withLock { $0.routes } == foreign)

        let failures = try await routes.apply([v4: 100, other: 100])
        #expect(
            failures[v4].map { "\($0)" }
                == "cannot add a kernel route to 192.0.2.1 (another program has one with metric "
                + "100); fix: remove that route (ip route show proto all), or choose another "
                + "metric in the configuration (bgp.kernel-route)"
        )
        #expect(failures.count == 1)
        #expect(try await routes.observe() == [other: [100]])
    }

    @Test func keepsTheOldRouteWhenTheNewOneIsRefused() async throws {
        #expect(try await routes.apply([v4: 100]) == [:])
        fake.state.withLock { $0.refusals[24] = .noMemory }
        let failures = try await routes.apply([v4: 200])
        #expect(failures[v4]?.reason == .netlink(.refused(.noMemory, words: "")))
        #expect(try await routes.observe() == [v4: [100]])
    }

    @Test func saysWhichRouteStays() async throws {
        #expect(try await routes.apply([v4: 100]) == [:])
        fake.state.withLock { $0.refusals[25] = .notPermitted }
        let failures = try await routes.apply([:], removing: [v4])
        #expect(
            failures[v4].map { "\($0)" } == "cannot remove the kernel route to 192.0.2.1 (EPERM); "
                + "fix: CAP_NET_ADMIN is missing: give it to the service or the container"
        )
    }

    @Test func takesAMissingTableForAnEmptyOne() async throws {
        for errno in [Errno.noEntry, .notSupported] {
            fake.state.withLock { $0.refusals[26] = errno }
            #expect(try await routes.observe() == [:])
        }
        fake.state.withLock { $0.refusals[26] = .notPermitted }
        await #expect(throws: LinkError.self) { try await routes.observe() }
    }
}

/// The same on a link: addresses that are delivered by a route alone.
@Suite struct LocalRouteTests {
    private let v4 = IPAddress(v4: 0xc000_0201)
    private let v6 = IPAddress(v6: 0x2001_0db8 << 96 | 1)
    private let fake = FakeLinks()
    private let link: DirectorLink

    init() async throws {
        link = DirectorLink(try #require(LinkName("penstock")), over: fake.kernel)
        try await link.ensure()
        #expect(try await link.add([v4, v6]) == [:])
    }

    @Test func takeTheAddressOnceTheRouteIsThere() async throws {
        fake.state.withLock { $0.asked = [] }
        #expect(try await link.deliverByRoute([v4]) == [v4: nil])
        #expect(fake.state.withLock { $0.asked } == [18, 22, 24, 21])
        #expect(
            try await link.observe() == .init(isUp: true, addresses: [v4, v6], routed: [v4])
        )
        let route = try #require(fake.state.withLock { $0.routes.first })
        #expect((route.table, route.type, route.owner, route.scope) == (255, 2, 112, 254))
        // The loopback: the routes of another link go with its last address.
        #expect(route.link == 1)
        // Once more there is nothing to do.
        #expect(try await link.deliverByRoute([v4]) == [:])
        // The scope of an IPv6 route is nothing that one may choose.
        #expect(try await link.deliverByRoute([v6]) == [v6: nil])
        #expect(fake.state.withLock { $0.routes.last?.scope } == 0)
    }

    @Test func goWithTheAddress() async throws {
        #expect(try await link.deliverByRoute([v4]) == [v4: nil])
        #expect(try await link.add([v4]) == [:])
        #expect(try await link.observe()?.routed == [])
        #expect(try await link.remove([v4, v6]) == [:])
        #expect(try await link.observe() == .init(isUp: true, addresses: []))
        #expect(fake.state.withLock { $0.routes } == [])
    }

    @Test func leaveTheAddressWhereTheRouteIsRefused() async throws {
        fake.state.withLock { $0.refusals[24] = .notPermitted }
        let outcome = try await link.deliverByRoute([v4])
        #expect(outcome[v4]??.reason == .netlink(.refused(.notPermitted, words: "")))
        #expect(
            try await link.observe() == .init(isUp: true, addresses: [v4, v6], routed: [])
        )
    }
}

/// Bytes of Linux 6.18 on amd64, where `ip route add blackhole 192.0.2.1 proto 112 metric 100` was
/// run, the same for 2001:db8::1 with metric 200, and `ip route add local … table local proto 112`
/// for both on link 2.
///
/// They are in host byte order, so they say nothing on a machine whose high byte comes first.
@Suite(.enabled(if: UInt16(1).littleEndian == 1))
struct CapturedRouteTests {
    private static let destination6: [UInt8] = [
        0x14, 0x00, 0x01, 0x00, 0x20, 0x01, 0x0d, 0xb8,  // RTA_DST 2001:db8::1
        0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
        0x00, 0x00, 0x00, 0x01,
    ]
    private static let blackhole4: [UInt8] = [
        0x02, 0x20, 0x00, 0x00,  // INET, /32, no source, no TOS
        0xfe, 0x70, 0x00, 0x06,  // table 254 (main), protocol 112, scope universe, blackhole
        0x00, 0x00, 0x00, 0x00,  // no flags
        0x08, 0x00, 0x0f, 0x00, 0xfe, 0x00, 0x00, 0x00,  // RTA_TABLE 254
        0x08, 0x00, 0x01, 0x00, 0xc0, 0x00, 0x02, 0x01,  // RTA_DST 192.0.2.1
        0x08, 0x00, 0x06, 0x00, 0x64, 0x00, 0x00, 0x00,  // RTA_PRIORITY 100
    ]
    private static let blackhole6: [UInt8] =
        [
            0x0a, 0x80, 0x00, 0x00,  // INET6, /128, no source, no TOS
            0xfe, 0x70, 0x00, 0x06,  // table 254 (main), protocol 112, scope universe, blackhole
            0x00, 0x00, 0x00, 0x00,  // no flags
            0x08, 0x00, 0x0f, 0x00, 0xfe, 0x00, 0x00, 0x00,  // RTA_TABLE 254
        ] + destination6 + [
            0x08, 0x00, 0x06, 0x00, 0xc8, 0x00, 0x00, 0x00,  // RTA_PRIORITY 200
            0x08, 0x00, 0x04, 0x00, 0x01, 0x00, 0x00, 0x00,  // RTA_OIF 1: IPv6 names the loopback
            0x24, 0x00, 0x0c, 0x00, 0x00, 0x00, 0x00, 0x00,  // RTA_CACHEINFO: never used
            0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
            0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
            0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
            0x00, 0x00, 0x00, 0x00,
            0x05, 0x00, 0x14, 0x00, 0x00, 0x00, 0x00, 0x00,  // RTA_PREF medium, padding
        ]

    private let v4 = IPAddress(v4: 0xc000_0201)
    private let v6 = IPAddress(v6: 0x2001_0db8 << 96 | 1)

    @Test func listAddAndRemove() async throws {
        let asked = Mutex<[Message]>([])
        let kernel = ScriptedKernel { message throws(NetlinkError) in
            asked.withLock { $0.append(message) }
            guard message.type == 26 else { return [] }
            let bytes = message.payload[0] == 2 ? Self.blackhole4 : Self.blackhole6
            // NLM_F_MULTI and NLM_F_DUMP_FILTERED.
            return [Message(type: 24, flags: 0x22, payload: bytes)]
        }
        let routes = HostRoutes(owner: 112, over: kernel)
        #expect(try await routes.observe() == [v4: [100], v6: [200]])
        #expect(try await routes.apply([v4: 200], removing: [v6]) == [:])
        let lists = [2, 10].map { family in
            // RTM_GETROUTE, NLM_F_DUMP: table 254, protocol 112, type blackhole.
            Message(
                type: 26,
                flags: 0x300,
                payload: [family, 0, 0, 0, 0xfe, 0x70, 0, 6, 0, 0, 0, 0]
            )
        }
        let head4: [UInt8] = [
            0x02, 0x20, 0x00, 0x00, 0xfe, 0x70, 0x00, 0x06, 0x00, 0x00, 0x00, 0x00,
            0x08, 0x00, 0x01, 0x00, 0xc0, 0x00, 0x02, 0x01,  // RTA_DST 192.0.2.1
            0x08, 0x00, 0x06, 0x00,  // RTA_PRIORITY
        ]
        let head6: [UInt8] =
            [0x0a, 0x80, 0x00, 0x00, 0xfe, 0x70, 0x00, 0x06, 0x00, 0x00, 0x00, 0x00]
            + Self.destination6 + [0x08, 0x00, 0x06, 0x00]
        #expect(
            asked.withLock { $0 } == lists + lists + [
                // RTM_DELROUTE.
                Message(type: 25, payload: head6 + [200, 0, 0, 0]),
                // RTM_NEWROUTE, NLM_F_CREATE and NLM_F_EXCL.
                Message(type: 24, flags: 0x600, payload: head4 + [200, 0, 0, 0]),
                Message(type: 25, payload: head4 + [100, 0, 0, 0]),
            ]
        )
    }

    @Test(arguments: [0, 11, 12, 20, 28])
    func refusesWhatIsCutShort(length: Int) async throws {
        let kernel = ScriptedKernel { _ in
            [Message(type: 24, flags: 2, payload: Array(Self.blackhole4.prefix(length + 3)))]
        }
        await #expect(throws: LinkError.self) {
            try await HostRoutes(owner: 112, over: kernel).observe()
        }
    }
}
