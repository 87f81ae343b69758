import Core
import Net
import Testing

/// Glances at the table: what they lead to, and what they must not lead to.
@Suite struct DirectorAuditTests {
    private typealias Bench = DirectorBench

    /// A director that serves, with full looks so rare that only an audit can find something.
    private func bench(auditEvery: Duration? = .seconds(1)) throws -> DirectorBench {
        var bench = Bench(
            try Bench.intent(
                ipvs: IPVSPolicy(
                    reconcileEvery: .seconds(600),
                    auditEvery: auditEvery,
                    settings: .ignore
                )
            )
        )
        bench.live(.seconds(5))
        #expect(bench.world.networks.count == 1)
        bench.handedOut = []
        bench.events = []
        return bench
    }

    private func looks(_ bench: DirectorBench) -> Int {
        bench.handedOut.count { $0 == .observe(.ipvs) }
    }

    @Test func nothingAmissIsNothingDone() throws {
        var bench = try bench()
        bench.live(.seconds(30))
        #expect(looks(bench) == 0)
        #expect(bench.batches(of: .ipvs).isEmpty)
        #expect((28...31).contains(bench.handedOut.count { $0 == .audit }))
    }

    /// `ipvsadm -C` in the middle of it: a look, and everything is back, in about a second.
    @Test func anEmptiedTableIsFilledAgainWithinASecond() throws {
        var bench = try bench()
        let before = bench.world.services
        bench.world.services = [:]
        bench.live(.milliseconds(1100))
        #expect(bench.world.services == before)
        #expect(bench.world.networks.count == 1)
        #expect(bench.events.contains { $0.kind == .drift && $0.text.contains("is gone") })
    }

    @Test func whatWasChangedIsNamed() throws {
        let first = Bench.servers[0]
        for (tamper, words) in [
            ({ $0.destinations[first]?.weight = 7 }, "10.20.0.11:80 weight 1 -> 7"),
            ({ $0.destinations[first] = nil }, "10.20.0.11:80 is gone"),
            ({ $0.scheduling = Scheduling(scheduler: .rr, flags: []) }, "-> rr"),
            ({ $0.destinations[first]?.forwarding = .tunnel }, "forwarding dr -> tun"),
            (
                { slice in
                    guard let last = slice.destinations[Bench.servers[1]] else { return }
                    slice.destinations.moveToFront(Bench.servers[1], last)
                }, "the order was changed"
            ),
        ] as [((inout ServiceSlice) -> Void, String)] {
            var bench = try bench()
            let before = bench.world.services
            bench.world.services[Bench.key].map { slice in
                var slice = slice
                tamper(&slice)
                bench.world.services[Bench.key] = slice
            }
            #expect(bench.world.services != before)
            bench.live(.seconds(2))
            #expect(bench.world.services == before, "\(words)")
            let told = bench.events.filter { $0.kind == .drift }.map(\.text)
            #expect(told.count == 1 && told[0].contains(words), "\(words): \(told)")
        }
    }

    /// The listing can be wrong for as long as the table lasts; a look says so once.
    @Test func whatALookDoesNotShowIsNotAskedAboutAgain() throws {
        var bench = try bench()
        bench.listing = { listing in
            var listing = listing
            listing.services = [:]
            return listing
        }
        bench.live(.seconds(60))
        #expect(looks(bench) == 1)
        #expect(bench.batches(of: .ipvs).isEmpty)
        // As soon as it shows something else, it is worth a look again.
        bench.listing = { $0 }
        bench.world.services[Bench.key]?.destinations[Bench.servers[0]]?.weight = 9
        bench.live(.seconds(2))
        #expect(bench.world.services[Bench.key]?.destinations[Bench.servers[0]]?.weight == 1)
    }

    /// One that is wrong in another way each time leads to fewer and fewer looks.
    @Test func aListingThatIsNeverRightIsLookedIntoLessAndLess() throws {
        var bench = try bench()
        var port: UInt16 = 1000
        for _ in 0..<1200 {
            port += 1
            let stray = ServiceKey(Bench.address, ServiceID(.tcp, Port(port)))
            bench.listing = { listing in
                var listing = listing
                listing.services[stray] = ListedService(scheduler: "rr")
                return listing
            }
            bench.live(.milliseconds(50))
        }
        #expect((2...7).contains(looks(bench)))
        #expect(bench.batches(of: .ipvs).isEmpty)
    }

    /// A glance alone writes nothing: with the truth in sight, what it says is not acted upon.
    @Test func aGlanceIsNeverTheGroundForAChange() throws {
        var bench = try bench()
        bench.listing = { _ in TableListing() }
        bench.hanging = .ipvs
        let now = bench.now
        for _ in 0..<40 {
            bench.turn()
            if bench.handedOut.last == .audit { bench.carryOut(.audit) }
            bench.now = bench.now + .milliseconds(50)
        }
        #expect(bench.now > now)
        #expect(bench.batches(of: .ipvs).isEmpty)
    }

    /// What was read of the table while it was written is neither as before nor as after.
    @Test func aListingFromTheMiddleOfAWriteSaysNothing() throws {
        var bench = try bench()
        while !bench.director.work(at: bench.now).contains(.audit) {
            bench.now = bench.now + .milliseconds(50)
        }
        let early = bench.world.listing
        // A server dies while the listing is read; its weight does not wait for that.
        bench.world.alive.remove(Bench.servers[0])
        for target in bench.director.targets {
            bench.director.probed(target, bench.world.outcome(of: target), at: bench.now)
        }
        bench.turn()
        #expect(bench.world.services[Bench.key]?.destinations[Bench.servers[0]]?.weight == 0)
        bench.handedOut = []
        bench.director.audited(early, at: bench.now)
        bench.turn()
        #expect(looks(bench) == 0)
    }

    @Test func anAuditThatFailsIsToldOnceAndChangesNothing() throws {
        var bench = try bench()
        for _ in 0..<100 {
            for assignment in bench.director.work(at: bench.now) {
                if assignment == .audit {
                    bench.director.couldNotAudit(SimulatedWorld.outage, at: bench.now)
                } else {
                    bench.carryOut(assignment)
                }
            }
            bench.events += bench.director.takeEvents()
            bench.now = bench.now + .milliseconds(100)
        }
        #expect(bench.events.count { $0.text.contains("audit of IPVS failed") } == 1)
        #expect(bench.world.networks.count == 1)
        bench.live(.seconds(2))
        #expect(bench.events.contains { $0.text.contains("works again") })
    }

    @Test func noneIsMadeWhereNoneIsWanted() throws {
        var bench = try bench(auditEvery: nil)
        bench.live(.seconds(20))
        #expect(!bench.handedOut.contains(.audit))
    }

    /// A table of thousands that somebody emptied is not told in thousands of lines.
    @Test func onlySoMuchIsTold() throws {
        var intent = try Bench.intent(ipvs: IPVSPolicy(settings: .ignore))
        var service = intent.vips[0].services[0]
        service.backends = (1...100).map { Backend(Endpoint(IPAddress(v4: 0x0a14_0000 + $0), 80)) }
        service.checks = []
        intent.vips[0].services = [service]
        var bench = Bench(intent)
        bench.live(.seconds(3))
        bench.events = []
        for endpoint in service.backends.map(\.endpoint) {
            bench.world.services[Bench.key]?.destinations[endpoint]?.weight = 4
        }
        bench.live(.seconds(3))
        let told = bench.events.filter { $0.kind == .drift }
        #expect(told.count == 17)
        #expect(told.last?.text.contains("84 things more") == true)
        #expect(
            bench.world.services[Bench.key]?.destinations.values.allSatisfy { $0.weight == 1 }
                == true
        )
    }
}
