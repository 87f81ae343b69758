import Core
import Net
import Testing

/// When a director believes what it reads of kernel settings.
@Suite struct DirectorSettingsTests {
    private typealias Bench = DirectorBench

    private func reading(_ actual: String?) -> SettingReading {
        SettingReading(
            name: "net.ipv4.vs.sloppy_tcp",
            actual: actual,
            accepted: [1],
            isNeeded: true,
            reason: "flows that the routers move here are reset"
        )
    }

    /// The module comes with the first look at the table, and its settings with it: until they
    /// were looked at again they are unknown, however right they seemed when they were absent.
    @Test func settingsReadBeforeIPVSWasSeenProveNothing() throws {
        var bench = Bench(try Bench.intent())
        bench.world.isSettingRight = false
        let first = bench.director.work(at: bench.now)
        #expect(first.contains(.observe(.link)) && first.contains(.observe(.ipvs)))
        // The link's facts are from before the module came, and arrive after it.
        bench.carryOut(.observe(.ipvs))
        bench.carryOut(.observe(.bgp))
        bench.director.saw(
            LinkFacts(addresses: [Bench.address], isUp: true, settings: [reading(nil)]),
            at: bench.now
        )
        bench.hanging = .link
        bench.live()
        #expect(bench.handedOut.contains(.observe(.link)))
        #expect(bench.world.services[Bench.key]?.destinations.count == 2)
        #expect(bench.world.networks.isEmpty)
        let gate = bench.snapshot().vips.first?.gates.first { $0.name == "settings" }
        #expect(gate?.standing == GateStatus.Standing.none)

        bench.hanging = nil
        bench.carryOut(.observe(.link))
        bench.live(.seconds(30))
        #expect(bench.world.networks.isEmpty)
        #expect(bench.snapshot().vips.first?.reason?.code == "settings-wrong")
        bench.world.isSettingRight = true
        bench.live(.seconds(30))
        #expect(bench.director.advertised == (1, 1))
    }

    /// The same after an outage: somebody may have loaded the module meanwhile.
    @Test func whenIPVSComesBackTheSettingsAreReadAgain() throws {
        var bench = Bench(try Bench.intent())
        bench.world.broken = [.ipvs]
        bench.live(.seconds(5))
        #expect(bench.snapshot().vips.first?.reason?.code == "blind")
        bench.world.isSettingRight = false
        bench.world.broken = []
        bench.hanging = .link
        bench.live(.seconds(9))
        #expect(bench.world.services[Bench.key]?.destinations.count == 2)
        #expect(bench.world.networks.isEmpty)
        #expect(bench.snapshot().vips.first?.reason?.code == "unseen")
        bench.hanging = nil
        bench.carryOut(.observe(.link))
        bench.live(.seconds(2))
        #expect(bench.world.networks.isEmpty)
        #expect(bench.snapshot().vips.first?.reason?.code == "settings-wrong")
    }

    @Test func ignoredSettingsHoldNothingBack() throws {
        var bench = Bench(try Bench.intent(ipvs: IPVSPolicy(settings: .ignore)))
        bench.world.isSettingRight = false
        bench.live()
        #expect(bench.director.advertised == (1, 1))
    }

    @Test func settingsAreAppliedWhereThatIsAsked() throws {
        var bench = Bench(try Bench.intent(ipvs: IPVSPolicy(settings: .apply)))
        bench.world.isSettingRight = false
        bench.live()
        #expect(bench.batches(of: .link).joined().contains(.set("net.ipv4.vs.sloppy_tcp", to: 1)))
        #expect(bench.director.advertised == (1, 1))
    }

    /// Word of a change that comes while the plane is looked at asks for another look.
    @Test func wordThatComesDuringALookIsNotLost() throws {
        var bench = Bench(try Bench.intent(ipvs: IPVSPolicy(auditEvery: nil)))
        bench.live()
        bench.director.stirred(.link, at: bench.now)
        let look = bench.director.work(at: bench.now)
        #expect(look == [.observe(.link)])
        let before = bench.world.linkFacts
        bench.world.addresses = []
        bench.director.stirred(.link, at: bench.now)
        bench.director.saw(before, at: bench.now)
        #expect(bench.director.work(at: bench.now) == [.observe(.link)])
        bench.carryOut(.observe(.link))
        bench.live(.milliseconds(200))
        #expect(bench.world.addresses == [Bench.address])
    }
}
