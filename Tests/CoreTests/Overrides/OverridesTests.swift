import Core
import Net
import Testing

@testable import Core

/// Orders over the configuration: what they do to it, what ends them.
@Suite struct OverridesTests {
    private static let key = DirectorBench.key
    private static let first = BackendKey(key, DirectorBench.servers[0])
    private static let second = BackendKey(key, DirectorBench.servers[1])
    private static let civil = Timestamp(milliseconds: 1_700_000_000_000)

    static func mandate(_ reason: String = "", for seconds: Int? = nil) -> Mandate {
        Mandate(
            by: "root",
            reason: reason,
            since: civil,
            until: seconds.map { civil + .seconds($0) },
            civilNow: civil,
            now: .zero
        )
    }

    /// Whoever ordered a drain for good relies on it, also where a shorter one came first.
    @Test(
        arguments: [
            (nil, nil, "first"), (nil, 60, "first"), (60, nil, "second"), (60, 120, "second"),
            (120, 60, "first"), (60, 60, "first"),
        ] as [(Int?, Int?, String)]
    )
    func aDrainLastsAsLongAsTheLongerOrder(first: Int?, second: Int?, reason: String) {
        var overrides = Overrides()
        overrides.take(DrainOrder(.node, DrainWish(.soft, Self.mandate("first", for: first))))
        overrides.take(DrainOrder(.node, DrainWish(.atOnce, Self.mandate("second", for: second))))
        #expect(overrides.drains[.node]?.mode == .atOnce)
        #expect(overrides.drains[.node]?.mandate.reason == reason)
    }

    private func handover(raises: Bool = true) -> Handover {
        Handover(
            service: Self.key,
            from: Self.first.endpoint,
            to: Self.second.endpoint,
            over: .seconds(60),
            began: .zero,
            raises: raises,
            mandate: Self.mandate("bigger machine")
        )
    }

    private func admins(_ overrides: Overrides, _ vips: [VIP]) -> [Backend.AdminState] {
        overrides.applied(to: vips)[0].services[0].backends.map(\.admin)
    }

    @Test func statesAndWeightsStandOverTheConfiguration() throws {
        var vips = try DirectorBench.intent(weight: 3).vips
        vips[0].services[0].backends[1].admin = .drain
        var overrides = Overrides()
        overrides.take(.state(Self.first, Ruling(.maint, Self.mandate())), configured: vips)
        overrides.take(.state(Self.second, Ruling(.ready, Self.mandate())), configured: vips)
        overrides.take(.weight(Self.second, Ruling(7, Self.mandate())), configured: vips)
        #expect(admins(overrides, vips) == [.maint, .ready])
        #expect(overrides.applied(to: vips)[0].services[0].backends.map(\.weight) == [3, 7])
        #expect(overrides.count == 3 && overrides.serial == 3)
        overrides.take(.stateAsConfigured(Self.second), configured: vips)
        overrides.take(.weightAsConfigured(Self.second), configured: vips)
        overrides.take(.stateAsConfigured(Self.first), configured: vips)
        #expect(overrides.isEmpty && overrides.applied(to: vips) == vips)
    }

    /// It would hide a `state: drain` that is written into the file tomorrow.
    @Test func readyIsNotKeptWhereTheConfigurationSaysSo() throws {
        var vips = try DirectorBench.intent().vips
        var overrides = Overrides()
        overrides.take(.state(Self.first, Ruling(.drain, Self.mandate())), configured: vips)
        overrides.take(.state(Self.first, Ruling(.ready, Self.mandate())), configured: vips)
        #expect(overrides.isEmpty)
        vips[0].services[0].backends[0].admin = .drain
        overrides.take(.state(Self.first, Ruling(.ready, Self.mandate())), configured: vips)
        #expect(overrides.states[Self.first]?.value == .ready)
        vips[0].services[0].backends[0].admin = .ready
        overrides.forgetIdle(configured: vips)
        #expect(overrides.isEmpty)
    }

    /// A drain that says the same as the file stays: it was ordered for a reason of its own.
    @Test func aDrainIsKeptWhateverTheConfigurationSays() throws {
        var vips = try DirectorBench.intent().vips
        vips[0].services[0].backends[0].admin = .drain
        var overrides = Overrides()
        overrides.take(.state(Self.first, Ruling(.drain, Self.mandate())), configured: vips)
        vips[0].services[0].backends[0].admin = .ready
        overrides.forgetIdle(configured: vips)
        #expect(admins(overrides, vips) == [.drain, .ready])
    }

    @Test func ordersAboutTheUnknownAreKeptAndDoNothing() throws {
        let vips = try DirectorBench.intent().vips
        let stray = BackendKey(Self.key, Endpoint(IPAddress(v4: 0x0a14_00ff), 80))
        var overrides = Overrides()
        overrides.take(.state(stray, Ruling(.maint, Self.mandate())), configured: vips)
        #expect(overrides.applied(to: vips) == vips)
        #expect(overrides.keys == [stray])
    }

    @Test func endWhenTheirTimeIsOver() throws {
        let vips = try DirectorBench.intent().vips
        var overrides = Overrides()
        let drain = Ruling(Backend.AdminState.drain, Self.mandate(for: 60))
        overrides.take(.state(Self.first, drain), configured: vips)
        overrides.take(.weight(Self.first, Ruling(4, Self.mandate(for: 90))), configured: vips)
        overrides.take(.weight(Self.second, Ruling(4, Self.mandate())), configured: vips)
        #expect(overrides.nextEnd == .zero + .seconds(60))
        #expect(overrides.expire(at: .zero + .milliseconds(59_999)).isEmpty)
        #expect(overrides.expire(at: .zero + .seconds(60)).map(\.what) == ["drain"])
        #expect(overrides.expire(at: .zero + .seconds(100)).map(\.what) == ["weight 4"])
        #expect(overrides.count == 1 && overrides.nextEnd == nil)
    }

    /// What came to its end while nothing ran is over as soon as something does.
    @Test func anEndInThePastIsOver() {
        let mandate = Mandate(
            by: "root",
            reason: "",
            since: Self.civil,
            until: Self.civil + .seconds(60),
            civilNow: Self.civil + .seconds(3600),
            now: .zero
        )
        #expect(mandate.isOver(at: .zero))
    }

    @Test func aHandoverUsesTheTakerWhileItRuns() throws {
        var vips = try DirectorBench.intent().vips
        vips[0].services[0].backends[1].admin = .drain
        var overrides = Overrides()
        overrides.take(.weight(Self.second, Ruling(0, Self.mandate())), configured: vips)
        overrides.take(.handOver(handover()), configured: vips)
        #expect(admins(overrides, vips) == [.ready, .ready])
        #expect(overrides.applied(to: vips)[0].services[0].backends[1].weight == 1)
        #expect(overrides.nextEnd == .zero + .seconds(60))
        // Given up: both are what they were without it.
        overrides.stop(handover(), because: "it is down")
        #expect(admins(overrides, vips) == [.ready, .drain])
        #expect(overrides.applied(to: vips)[0].services[0].backends[1].weight == 0)
        #expect(overrides.nextEnd == nil && overrides.handovers.count == 1)
    }

    @Test func aCompleteHandoverBecomesTheStatesOfBoth() throws {
        var vips = try DirectorBench.intent().vips
        vips[0].services[0].backends[1].admin = .drain
        var overrides = Overrides()
        overrides.take(.handOver(handover()), configured: vips)
        overrides.complete(handover(), configured: vips)
        #expect(overrides.handovers.isEmpty)
        #expect(admins(overrides, vips) == [.drain, .ready])
        let reason = overrides.states[Self.first]?.mandate.reason
        #expect(reason == "handed over to 10.20.0.12:80: bigger machine")
        // Taking the first back leaves the second alone.
        overrides.take(.state(Self.first, Ruling(.ready, Self.mandate())), configured: vips)
        #expect(admins(overrides, vips) == [.ready, .ready])
    }

    @Test(arguments: [first, second])
    func anOrderAboutEitherEndsAHandover(key: BackendKey) throws {
        let vips = try DirectorBench.intent().vips
        var overrides = Overrides()
        overrides.take(.handOver(handover()), configured: vips)
        #expect(overrides.handover(of: key) != nil)
        overrides.take(.state(key, Ruling(.ready, Self.mandate())), configured: vips)
        #expect(overrides.isEmpty)
    }

    @Test func aServerTakesPartInOneHandover() throws {
        let vips = try DirectorBench.intent().vips
        var overrides = Overrides()
        overrides.take(.handOver(handover()), configured: vips)
        overrides.take(.handOver(handover(raises: false)), configured: vips)
        #expect(overrides.handovers == [handover(raises: false)])
    }

    @Test func readsAServiceAsTheFileWritesIt() throws {
        #expect(try ServiceID(parsing: "443/tcp") == ServiceID(.tcp, 443))
        for text in ["443", "tcp/443", "443/tcp/", "443/icmp", ""] {
            #expect(throws: ParseError.self) { try ServiceID(parsing: text) }
        }
    }
}
