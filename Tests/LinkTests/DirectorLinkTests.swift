import Link
import Net
import Netlink
import Synchronization
import Testing

@Suite struct DirectorLinkTests {
    private let v4 = IPAddress(v4: 0xc000_0201)
    private let v6 = IPAddress(v6: 0x2001_0db8 << 96 | 1)
    private let fake = FakeLinks()
    private let link: DirectorLink

    init() throws {
        link = DirectorLink(try #require(LinkName("penstock")), over: fake.kernel)
    }

    private func refuse(_ type: UInt16, with errno: Errno) {
        fake.state.withLock { $0.refusals[type] = errno }
    }

    @Test func isNothingUntilItIsMade() async throws {
        #expect(try await link.observe() == nil)
        try await link.ensure()
        #expect(try await link.observe() == .init(isUp: true, addresses: []))
        #expect(fake.state.withLock { $0.links.map(\.kind) } == ["dummy"])
    }

    @Test func isLeftAloneWhenItIsThere() async throws {
        try await link.ensure()
        fake.state.withLock { $0.asked = [] }
        try await link.ensure()
        // A look, and nothing else.
        #expect(fake.state.withLock { $0.asked } == [18])
    }

    @Test(arguments: ["dummy", "ifb"])
    func isSetUpWhenItIsDown(kind: String) async throws {
        fake.state.withLock { $0.links = [("penstock", kind, 3, false)] }
        #expect(try await link.observe()?.isUp == false)
        try await link.ensure()
        #expect(try await link.observe()?.isUp == true)
    }

    @Test(arguments: ["bridge", nil])
    func isNeverALinkOfAnotherKind(kind: String?) async throws {
        fake.state.withLock { $0.links = [("penstock", kind, 3, false)] }
        for attempt in [0, 1, 2, 3] {
            do throws(LinkError) {
                switch attempt {
                case 0: _ = try await link.observe()
                case 1: try await link.ensure()
                case 2: _ = try await link.add([v4])
                default: _ = try await link.remove([v4])
                }
                Issue.record("attempt \(attempt) went through")
            } catch {
                #expect(error.reason == .notDummy(kind: kind))
                #expect("\(error)".contains("penstock"))
            }
        }
        #expect(fake.state.withLock { $0.asked } == [18, 18, 18, 18])
    }

    @Test func saysWhichCapabilityIsMissing() async throws {
        refuse(16, with: .notPermitted)
        do throws(LinkError) {
            try await link.ensure()
            Issue.record("made without permission")
        } catch {
            #expect(
                "\(error)" == "cannot make the link penstock (EPERM); fix: CAP_NET_ADMIN is "
                    + "missing: give it to the service or the container"
            )
        }
    }

    @Test func givesUpWhenItIsMadeAndRemovedAllTheTime() async throws {
        refuse(16, with: .exists)
        do throws(LinkError) {
            try await link.ensure()
            Issue.record("made without a link")
        } catch {
            #expect(error.reason == .netlink(.interrupted))
        }
    }

    @Test func hasTheAddressesThatWereAdded() async throws {
        try await link.ensure()
        #expect(try await link.add([v4, v6]) == [:])
        #expect(try await link.observe()?.addresses == [v4, v6])
        let lengths = fake.state.withLock { $0.addresses.map(\.prefixLength) }
        #expect(lengths == [32, 128])
        // Once more is no error.
        #expect(try await link.add([v4, v6]) == [:])
        #expect(try await link.remove([v4]) == [:])
        #expect(try await link.observe()?.addresses == [v6])
        #expect(try await link.remove([v4, v6]) == [:])
        #expect(try await link.observe()?.addresses == [])
    }

    @Test func addsNothingWithoutALink() async throws {
        do throws(LinkError) {
            _ = try await link.add([v4])
            Issue.record("added to nothing")
        } catch {
            #expect(error.reason == .noLink)
        }
        #expect(try await link.remove([v4]) == [:])
    }

    @Test func saysWhichAddressFailed() async throws {
        try await link.ensure()
        refuse(20, with: .accessDenied)
        let failures = try await link.add([v6])
        #expect(failures.keys.map { $0 } == [v6])
        #expect(
            failures[v6].map { "\($0)" }
                == "cannot add 2001:db8::1 to the link penstock (EACCES); fix: IPv6 is off on this "
                + "link: set its net.ipv6.conf.*.disable_ipv6 to 0"
        )
    }

    @Test func toleratesThatAnAddressIsGoneWhenItIsRemoved() async throws {
        try await link.ensure()
        _ = try await link.add([v4])
        refuse(21, with: .addressNotAvailable)
        #expect(try await link.remove([v4]) == [:])
    }

    @Test func removesAnAddressOfAnotherLength() async throws {
        try await link.ensure()
        fake.state.withLock { $0.addresses = [($0.links[0].index, 64, 0, v6.bytes)] }
        #expect(try await link.observe()?.addresses == [v6])
        #expect(try await link.remove([v6]) == [:])
        #expect(try await link.observe()?.addresses == [])
    }

    @Test func seesOnlyItsOwnGlobalAddresses() async throws {
        try await link.ensure()
        let own = fake.state.withLock { $0.links[0].index }
        fake.state.withLock {
            $0.links.append(("eth0", nil, 99, true))
            $0.addresses = [
                (own, 64, 253, IPAddress(v6: 0xfe80 << 112 | 1).bytes),
                (99, 24, 0, IPAddress(v4: 0x0a00_0001).bytes),
            ]
        }
        #expect(try await link.observe()?.addresses == [])
        #expect(try await link.ingress().map(\.text) == ["eth0"])
        // What is not on the own link is not removed from another.
        #expect(try await link.remove([IPAddress(v4: 0x0a00_0001)]) == [:])
        #expect(fake.state.withLock { $0.addresses.count } == 2)
    }

    @Test func readsADisturbedListAgainButNotForEver() async throws {
        try await link.ensure()
        fake.state.withLock { $0.disturbedDumps = 4 }
        #expect(try await link.observe() != nil)
        fake.state.withLock { $0.disturbedDumps = 5 }
        do throws(LinkError) {
            _ = try await link.observe()
            Issue.record("trusted a disturbed list")
        } catch {
            #expect(error.reason == .netlink(.interrupted))
        }
    }
}
