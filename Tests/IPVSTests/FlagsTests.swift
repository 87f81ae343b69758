import IPVS
import Testing

/// Names of flags and schedulers.
@Suite struct FlagsTests {
    @Test func namesDependOnTheScheduler() {
        let both: ServiceFlags = [.fallback, .port]
        #expect(both.names(scheduler: .maglev) == ["mh-fallback", "mh-port"])
        #expect(both.names(scheduler: .sourceHashing) == ["sh-fallback", "sh-port"])
        #expect(both.names(scheduler: .roundRobin) == ["flag-1", "flag-2"])
        #expect(ServiceFlags(name: "mh-port", scheduler: .maglev) == .port)
        #expect(ServiceFlags(name: "ops", scheduler: .maglev) == .onePacket)
        #expect(ServiceFlags(name: "sh-port", scheduler: .maglev) == nil)
        #expect(ServiceFlags(name: "mh-port", scheduler: .roundRobin) == nil)
    }

    @Test func whatTheKernelAddsIsNotSeen() {
        #expect(ServiceFlags(rawValue: 0x1a) == ServiceFlags(rawValue: 0x18))
        #expect(ServiceFlags(rawValue: 0x03).isEmpty)
    }

    @Test func schedulerNames() throws {
        #expect(try Scheduler(parsing: "mh") == .maglev)
        #expect(try Scheduler(parsing: "fifteen-letters").name == "fifteen-letters")
        for name in ["", "sixteen-letters-", "two words", "naïve", "m\u{0}h", "m\n"] {
            #expect(throws: (any Error).self) { try Scheduler(parsing: name) }
        }
    }
}
