import API
import Core
import Net
import Testing
import TestSupport

@testable import penstock

/// Which drains would take a VIP out of the network.
@Suite struct LastPathTests {
    /// A director whose peers send it one prefix, and none for any of its VIPs.
    private static func snapshot() throws -> Snapshot {
        var snapshot = try SampleSnapshot.calm()
        for index in snapshot.vips.indices { snapshot.vips[index].otherPath = false }
        snapshot.frr.peers[0].prefixesAccepted = ["ipv4": 1]
        return snapshot
    }

    private static func taken(
        _ snapshot: Snapshot,
        _ scopes: DrainScope...,
        isFresh: Bool = true
    ) -> LastPath {
        LastPath(
            takenByDrainOf: scopes.isEmpty ? [.node] : scopes,
            in: snapshot,
            isFresh: isFresh
        )
    }

    @Test func areThoseWithoutAnotherPath() throws {
        var snapshot = try Self.snapshot()
        let names = snapshot.vips.map(\.name)
        #expect(Self.taken(snapshot).vips == names)
        snapshot.vips[0].otherPath = true
        #expect(Self.taken(snapshot).vips == Array(names.dropFirst()))
        // What nobody is sent is not lost.
        snapshot.vips[1].advertisedTo = []
        #expect(Self.taken(snapshot).vips == Array(names.dropFirst(2)))
        // One that bgpd was not asked about is not known to have another path.
        snapshot.vips[0].otherPath = nil
        #expect(Self.taken(snapshot).vips == [names[0]] + names.dropFirst(2))
    }

    @Test func areOnlyThoseThatAreMeant() throws {
        let snapshot = try Self.snapshot()
        let address = try IPAddress(parsing: snapshot.vips[1].address)
        #expect(Self.taken(snapshot, .vip(address)).vips == [snapshot.vips[1].name])
        let other = try IPAddress(parsing: snapshot.vips[0].address)
        let both = Self.taken(snapshot, .vip(address), .vip(other)).vips
        #expect(both == snapshot.vips.map(\.name))
    }

    @Test func areNotAskedAboutTwice() throws {
        var snapshot = try Self.snapshot()
        let names = snapshot.vips.map(\.name)
        snapshot.vips[0].drain = try SampleSnapshot.draining(.softening).node.drain
        #expect(Self.taken(snapshot).vips == Array(names.dropFirst()))
        snapshot.node.drain = snapshot.vips[0].drain
        #expect(Self.taken(snapshot).vips.isEmpty)
    }

    /// A director that hears nothing may be the last one, and may be kept from knowing better.
    @Test func areAskedAboutWhereNothingIsHeard() throws {
        var snapshot = try Self.snapshot()
        #expect(!Self.taken(snapshot).isDeaf)
        let heard = Self.taken(snapshot).refusal.fault
        #expect(!heard.fix.contains("allowas-in"))
        snapshot.frr.peers[0].prefixesAccepted = ["ipv4": 0]
        let deaf = Self.taken(snapshot)
        #expect(deaf.isDeaf && deaf.vips == snapshot.vips.map(\.name))
        let fault = deaf.refusal.fault
        for word in ["no other director announces", "inbound policy", "AS loop"] {
            #expect(fault.because.contains(word))
        }
        for word in [
            "another director", "allowas-in", "addpath-tx-all-paths", "drain.last-path: ignore",
            "--yes",
        ] {
            #expect(fault.fix.contains(word))
        }
        snapshot.frr.peers[0].prefixesAccepted = ["ipv4": 3]
        snapshot.frr.peers[0].established = false
        #expect(Self.taken(snapshot).isDeaf)
    }

    @Test func countOnlyWhatTheirOwnSpeakerHears() throws {
        var snapshot = try Self.snapshot()
        snapshot.frr.peers[0].id = "inner/10.0.0.1"
        snapshot.vips[0].speaker = "public"
        snapshot.vips[1].speaker = "inner"
        let addresses = try snapshot.vips.prefix(2).map { try IPAddress(parsing: $0.address) }
        #expect(Self.taken(snapshot, .vip(addresses[0])).isDeaf)
        #expect(!Self.taken(snapshot, .vip(addresses[1])).isDeaf)
    }

    @Test func goByWhatIsKnownWhereBGPDCannotBeLookedAt() throws {
        var snapshot = try Self.snapshot()
        #expect(Self.taken(snapshot).doubt == nil)
        let late = Self.taken(snapshot, isFresh: false)
        #expect(late.doubt?.code == "F104")
        #expect(late.refusal.fault.because.contains("F104 bgpd did not answer in time"))
        let fault = Fault(code: "F113", summary: "the connection ended")
        snapshot.frr.visibility.state = "blind"
        snapshot.frr.visibility.fault = fault
        #expect(Self.taken(snapshot).doubt == fault)
        for index in snapshot.vips.indices { snapshot.vips[index].otherPath = true }
        // Other paths that it last showed are believed, and the doubt is there to be told.
        let blind = Self.taken(snapshot)
        #expect(blind.vips.isEmpty && blind.doubt == fault)
        // So it is when nothing was ever seen.
        for index in snapshot.vips.indices { snapshot.vips[index].advertisedTo = [] }
        #expect(Self.taken(snapshot).doubt == fault)
    }

    @Test func areNamedInTheRefusal() throws {
        var snapshot = try Self.snapshot()
        let refusal = Self.taken(snapshot).refusal
        #expect(refusal.kind == .conflict && refusal.fault.code == "D442")
        let names = snapshot.vips.map(\.name).joined(separator: ", ")
        #expect(refusal.fault.summary == "bgpd knows no other path to \(names)")
        let one = snapshot.vips[0]
        snapshot.vips = (1...12).map { number in
            var vip = one
            vip.name = "v\(number)"
            return vip
        }
        #expect(Self.taken(snapshot).refusal.fault.summary.hasSuffix("v10 and 2 more"))
    }
}
