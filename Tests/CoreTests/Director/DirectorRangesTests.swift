import Core
import Net
import Testing

/// A range that has left the configuration: what is left in it is taken back, and then it is
/// others' to announce in.
@Suite struct DirectorRangesTests {
    private typealias Bench = DirectorBench

    private static func range(_ text: String) throws -> Prefix { try Prefix(parsing: text) }

    private static let left = Prefix(host: IPAddress(v4: 0xcb00_7005))

    /// A director whose range was wider once, and what an earlier run has left there.
    private func bench() throws -> Bench {
        var intent = try Bench.intent()
        intent.bgp.formerPrefixes = [try Self.range("203.0.112.0/24")]
        var bench = Bench(intent)
        bench.world.networks.insert(Self.left)
        bench.world.addresses.insert(Self.left.address)
        bench.world.daemon.tellsDigest = true
        bench.world.tickWire()
        return bench
    }

    @Test func whatIsLeftInAFormerRangeIsTakenBackAndThenItIsOthers() throws {
        var bench = try bench()
        #expect(bench.director.formerRanges.count == 1)
        bench.live(.seconds(20))
        #expect(!bench.world.networks.contains(Self.left))
        #expect(!bench.world.addresses.contains(Self.left.address))
        #expect(bench.world.networks.contains(Prefix(host: Bench.address)))
        #expect(bench.director.formerRanges.isEmpty)
        // Another program announces there now, which is none of ours.
        bench.world.networks.insert(Self.left)
        bench.director.stirred(.bgp, at: bench.now)
        bench.live(.seconds(20))
        #expect(bench.world.networks.contains(Self.left))
    }

    @Test func aRangeThatCannotBeSeenIsNotClear() throws {
        var bench = try bench()
        bench.world.networks.remove(Self.left)
        bench.world.addresses.remove(Self.left.address)
        bench.world.tickWire()
        bench.world.broken = [.bgp]
        bench.live(.seconds(10))
        #expect(bench.director.formerRanges.count == 1)
        bench.world.broken = [.ipvs]
        bench.live(.seconds(10))
        #expect(bench.director.formerRanges.count == 1)
        bench.world.broken = []
        bench.live(.seconds(10))
        #expect(bench.director.formerRanges.isEmpty)
    }

    /// What is ours in a narrower range that is left is no reason to look at the wide one for ever.
    @Test func aRangeThatBecameNarrowerIsLetGo() throws {
        var intent = try Bench.intent()
        intent.bgp.formerPrefixes = [try Self.range("203.0.112.0/23")]
        var bench = Bench(intent)
        bench.world.daemon.tellsDigest = true
        bench.live(.seconds(20))
        #expect(bench.world.networks.contains(Prefix(host: Bench.address)))
        #expect(bench.director.formerRanges.isEmpty)
    }
}
