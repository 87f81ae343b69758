import Core
import Foundation
import Net
import Testing

@testable import Daemon

/// What an earlier run announced by is known to the next one, whatever its configuration says.
@Suite struct FormerRoutingTests {
    private func name(_ text: String) throws -> Name { try Name(parsing: text) }

    private func intent(_ speakers: Speaker..., number: UInt8 = 201) throws -> Intent {
        let owned = [try Prefix(parsing: "203.0.113.0/24")]
        return Intent(
            node: Node(name: "test"),
            bgp: BGPPolicy(
                speaker: speakers[0],
                others: Array(speakers.dropFirst()),
                ownedPrefixes: owned,
                kernelRoute: KernelRoutePolicy(routeProtocol: number)
            ),
            vips: []
        )
    }

    private func inFolder(_ body: (StateFile) throws -> Void) throws {
        let folder = FileManager.default.temporaryDirectory
            .appendingPathComponent("penstock-\(UUID().uuidString)").path
        try body(StateFile(directory: folder))
        try FileManager.default.removeItem(atPath: folder)
    }

    private func open(_ file: StateFile) throws -> Ledger {
        try Ledger(file, now: .zero, civilNow: .current)
    }

    @Test func speakersThatLeaveAreKnownAtTheNextStart() throws {
        let (a, b) = (
            Speaker(name: try name("a"), asn: 65_001),
            Speaker(name: try name("b"), asn: 65_002, vtySocket: "/run/b", vrf: "red")
        )
        try inFolder { file in
            try open(file).keep(routingOf: try intent(a, b))
            let ledger = try open(file)
            #expect(try ledger.former(besides: try intent(a, b)) == FormerRouting())
            let alone = try intent(a)
            let former = try ledger.former(besides: alone)
            #expect(former.speakers == [b])
            let joined = former.joined(to: alone)
            #expect(joined.bgp.speakers.map(\.name.text) == ["a", "former-b"])
            #expect(joined.bgp.speakers.map(\.isFormer) == [false, true])
            // It stays known until it has been seen clear, by the name that it now has.
            try ledger.keep(routingOf: joined)
            let later = try open(file).former(besides: alone)
            #expect(later.joined(to: alone).bgp == joined.bgp)
            // The instance counts, not its name: this one is in use again.
            var again = b
            again.name = try name("c")
            #expect(try open(file).former(besides: try intent(a, again)) == FormerRouting())
            // And what was seen clear is forgotten.
            try ledger.keep(routingOf: alone)
            #expect(try open(file).former(besides: alone) == FormerRouting())
        }
    }

    @Test func formerSpeakersHaveNamesOfTheirOwn() throws {
        var policy = try intent(
            Speaker(name: try name("a"), asn: 65_001),
            Speaker(name: try name("former-a"), asn: 65_001, vrf: "red")
        ).bgp
        let old = Speaker(name: try name("a"), asn: 65_001, vtySocket: "/run/old")
        policy.take(former: [old, old, Speaker(name: try name("former-b"), asn: 65_001)])
        #expect(
            policy.speakers.map(\.name.text) == [
                "a", "former-a", "former-a-2", "former-a-3", "former-b",
            ]
        )
        let long = Speaker(name: try name(String(repeating: "a", count: 63)), asn: 65_001)
        policy.take(former: [long, long])
        #expect(policy.speakers.suffix(2).allSatisfy { $0.name.text.utf8.count <= Name.longest })
    }

    @Test func numbersOfKernelRoutesAreKnown() throws {
        let speaker = Speaker(asn: 65_001, method: .kernelRoute)
        try inFolder { file in
            let before = try intent(speaker, number: 205)
            try open(file).keep(routingOf: before)
            #expect(try open(file).former(besides: before) == FormerRouting())
            let after = try intent(speaker)
            let former = try open(file).former(besides: after)
            #expect(former.routeProtocols == [205])
            #expect(former.speakers == [])
            let joined = former.joined(to: after)
            #expect(joined.bgp.kernelRoute.formerProtocols == [205])
            try open(file).keep(routingOf: joined)
            let plain = try intent(Speaker(asn: 65_001))
            #expect(try open(file).former(besides: plain).routeProtocols == [205])
            #expect(try open(file).contents.routeProtocols == [201, 205])
        }
    }

    @Test func rangesThatLeaveAreKnownUntilTheyAreSeenClear() throws {
        let speaker = Speaker(asn: 65_001)
        let kept = try Prefix(parsing: "203.0.113.0/24")
        let gone = try Prefix(parsing: "198.51.100.0/25")
        var before = try intent(speaker)
        before.bgp.ownedPrefixes = [kept, gone]
        let after = try intent(speaker)
        try inFolder { file in
            try open(file).keep(routingOf: before)
            #expect(try open(file).former(besides: before) == FormerRouting())
            let former = try open(file).former(besides: after)
            #expect(former.ownedPrefixes == [gone])
            let joined = former.joined(to: after)
            #expect(joined.bgp.ownedPrefixes == [kept])
            #expect(joined.bgp.watchedPrefixes == [kept, gone])
            // A start that did not see it clear says so to the next.
            try open(file).keep(routingOf: joined)
            #expect(try open(file).former(besides: after).ownedPrefixes == [gone])
            // A wider range has it as well.
            var wide = after
            wide.bgp.ownedPrefixes = [kept, try Prefix(parsing: "198.51.100.0/24")]
            #expect(try open(file).former(besides: wide) == FormerRouting())
            try open(file).keep(ranges: [kept])
            #expect(try open(file).former(besides: after) == FormerRouting())
        }
    }

    @Test func theLastRoutingIsKnownWithoutAConfiguration() throws {
        let speakers = (
            Speaker(name: try name("a"), asn: 65_001, method: .kernelRoute),
            Speaker(name: try name("b"), asn: 65_002, vtySocket: "/run/b", vrf: "red")
        )
        try inFolder { file in
            #expect(try open(file).lastRouting == nil)
            let before = try intent(speakers.0, speakers.1, number: 205)
            try open(file).keep(routingOf: before)
            let policy = try #require(try open(file).lastRouting)
            #expect(policy.speakers == [speakers.0, speakers.1])
            #expect(policy.ownedPrefixes == before.bgp.ownedPrefixes)
            #expect(policy.kernelRoute.formerProtocols == [205])
            // What had kernel routes has no statements to take back.
            let alone = try intent(Speaker(asn: 65_003, vtySocket: "/run/c"))
            #expect(try open(file).former(besides: alone).speakers == [speakers.1])
        }
    }

    @Test func whatWasSeenClearIsNotFormerAnyMore() throws {
        let (a, b) = (
            Speaker(name: try name("a"), asn: 65_001),
            Speaker(name: try name("b"), asn: 65_002, vtySocket: "/run/b")
        )
        var former = FormerRouting()
        former.speakers = [a, b]
        var clear = StopReport(speaker: "a")
        _ = clear.take(BGPFacts(), owned: [try Prefix(parsing: "203.0.113.0/24")])
        var unseen = StopReport(speaker: "b")
        unseen.couldNotSee(Fault(code: "F104", summary: "outage"))
        #expect(former.without([clear, unseen]).speakers == [b])
        #expect(former.without([unseen, clear]).speakers == [a])
    }

    @Test func ordersStayWhenTheSpeakersAreWritten() throws {
        try inFolder { file in
            let mandate = Mandate(
                by: "uid 0",
                reason: "lab",
                since: .current,
                civilNow: .current,
                now: .zero
            )
            let order = Command.drain(DrainOrder(.node, DrainWish(.soft, mandate)))
            let ledger = try open(file)
            _ = try ledger.keep(order, configured: []) { true }
            try ledger.keep(routingOf: try intent(Speaker(asn: 65_001)))
            _ = try ledger.keep(.undrain(.node), configured: []) { true }
            #expect(try open(file).contents.speakers?.count == 1)
        }
    }
}
