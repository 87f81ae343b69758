import Link
import Net
import Netlink
import Testing

/// The link on a real kernel, where there is a network namespace to throw away:
/// `unshare --net swift test --filter LinkTests`.
///
/// A namespace with nothing but a loopback is one to throw away; anywhere else nothing is touched.
@Suite(.serialized) struct RealKernelTests {
    private static let name = LinkName("penstock-test")

    /// Whether this is such a namespace, with the right to change it and a kernel with dummy links.
    private static func mayChangeLinks() async -> Bool {
        guard let name else { return false }
        let channel = NetlinkChannel(.route)
        do {
            let all = Message(
                type: RouteNumber.getLink,
                flags: RequestFlag.dump,
                payload: [UInt8](repeating: 0, count: 16)
            )
            let link = DirectorLink(name, over: channel)
            // The loopback, and our own link once this was asked before.
            let expected = try await link.observe() == nil ? 1 : 2
            guard try await channel.request(all).count == expected else { return false }
            try await link.ensure()
            return true
        } catch {
            return false
        }
    }

    @Test(.enabled("in a network namespace to throw away") { await mayChangeLinks() })
    func makesTheLinkAndMovesAddresses() async throws {
        let changes = try DirectorLink.changes()
        let link = DirectorLink.live(try #require(Self.name))
        #expect(try await link.observe() == .init(isUp: true, addresses: []))

        // More than one send may have.
        let addresses =
            (0..<3000).map { IPAddress(v4: 0xc612_0000 + $0) }
            + (0..<300).map { IPAddress(v6: 0x2001_0db8 << 96 | UInt128($0)) }
        #expect(try await link.add(addresses) == [:])
        #expect(try await link.observe()?.addresses == Set(addresses))
        #expect(try await link.add(Array(addresses.suffix(301))) == [:])

        // It was subscribed before, so the change is waiting, were it only as a lost word.
        var iterator = changes.makeAsyncIterator()
        #expect(await iterator.next() != nil)

        #expect(try await link.remove(addresses) == [:])
        #expect(try await link.observe() == .init(isUp: true, addresses: []))
        #expect(try await link.remove(addresses) == [:])
        #expect(try await link.ingress() == [])
    }

    @Test(.enabled("in a network namespace to throw away") { await mayChangeLinks() })
    func makesRoutesAndDeliversByThem() async throws {
        let changes = try HostRoutes.changes(owner: 112)
        let routes = HostRoutes.live(owner: 112)
        let others = HostRoutes.live(owner: 113)
        let v4 = (0..<3000).map { IPAddress(v4: 0xc613_0000 + $0) }
        let v6 = (0..<300).map { IPAddress(v6: 0x2001_0db8 << 96 | 1 << 64 | UInt128($0)) }
        let normal = Dictionary(uniqueKeysWithValues: (v4 + v6).map { ($0, UInt32(100)) })
        #expect(try await routes.apply(normal) == [:])
        #expect(try await routes.observe() == normal.mapValues { [$0] })
        var iterator = changes.makeAsyncIterator()
        #expect(await iterator.next() != nil)

        #expect(try await routes.apply(normal.mapValues { _ in 200 }) == [:])
        #expect(try await routes.observe() == normal.mapValues { _ in [200] })
        // Another number's routes are in the way where they have the metric, and stay.
        #expect(try await others.apply([v4[0]: 100, v6[0]: 100]) == [:])
        let taken = try await routes.apply([v4[0]: 100, v6[0]: 300])
        #expect(taken.mapValues(\.reason) == [v4[0]: .routeTaken(metric: 100)])
        #expect(try await routes.apply([:], removing: Set(v4 + v6)) == [:])
        #expect(try await routes.observe() == [:])
        #expect(try await others.observe() == [v4[0]: [100], v6[0]: [100]])
        #expect(try await others.apply([:], removing: [v4[0], v6[0]]) == [:])

        let link = DirectorLink.live(try #require(Self.name))
        let pair = [v4[1], v6[1]]
        #expect(try await link.add(pair) == [:])
        let outcome = try await link.deliverByRoute(Set(pair))
        #expect(outcome == [v4[1]: nil, v6[1]: nil])
        #expect(
            try await link.observe() == .init(isUp: true, addresses: Set(pair), routed: Set(pair))
        )
        // Both at once, and either may go first.
        #expect(try await link.add(pair) == [:])
        #expect(try await link.observe()?.routed == [])
        #expect(try await link.remove(pair) == [:])
        #expect(try await link.observe() == .init(isUp: true, addresses: []))
    }

    @Test(.enabled("in a network namespace to throw away") { await mayChangeLinks() })
    func setsWhatADirectorNeeds() throws {
        let name = try #require(Self.name)
        for setting in Sysctl.director(ingress: [name]) {
            // Those of IPVS are there only where its module is loaded.
            guard try setting.read().actual != nil else { continue }
            let after = try setting.set()
            #expect(after.isRight, "\(setting.name)")
            #expect(try setting.read() == after)
        }
    }

    /// Needs neither a privilege nor a namespace: the loopback is there, and is no dummy.
    @Test func doesNotTakeTheLoopbackForItsOwn() async throws {
        let loopback = DirectorLink(try #require(LinkName("lo")), over: NetlinkChannel(.route))
        await #expect(
            throws: LinkError(attempted: "make the link lo", reason: .notDummy(kind: nil))
        ) {
            try await loopback.ensure()
        }
        let missing = DirectorLink(
            try #require(LinkName("none-such")),
            over: NetlinkChannel(.route)
        )
        #expect(try await missing.observe() == nil)
    }
}
