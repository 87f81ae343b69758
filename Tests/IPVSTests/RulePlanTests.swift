import IPVS
import Net
import TestSupport
import Testing

private func rules(_ text: String) throws -> [Rule] {
    try RuleFile(parsing: Array(text.utf8)).rules
}

/// The plan as text, each operation with its line.
private func plan(_ text: String, present: Set<ServiceIdentity> = []) throws -> [String] {
    let plan = try RulePlan(rules(text), present: present)
    return try plan.rules.map { "\($0.line) \(try $0.operation.rule)" }
}

/// Tables of Maglev hashing are built once, and nothing else is changed about a file.
@Suite struct RulePlanTests {
    static let service = "-A -t 192.0.2.1:80 -s mh -b mh-port"
    static let bare = "-A -t 192.0.2.1:80 -s none -b flag-2"
    static let first = "-a -t 192.0.2.1:80 -r 10.0.0.1:80 -g -w 1"
    static let second = "-a -t 192.0.2.1:80 -r 10.0.0.2:80 -g -w 1"
    static let third = "-a -t 192.0.2.1:80 -r 10.0.0.3:80 -g -w 1"
    static let other = "-A -t 192.0.2.2:80 -s rr"
    static let scheduler = "-E -t 192.0.2.1:80 -s mh -b mh-port"

    @Test func setsTheSchedulerAfterTheLastServer() throws {
        let file = [Self.service, Self.first, Self.second].joined(separator: "\n")
        #expect(
            try plan(file) == [
                "1 \(Self.bare)", "2 \(Self.first)", "3 \(Self.second)", "1 \(Self.scheduler)",
            ]
        )
    }

    @Test func findsServersThatStandApart() throws {
        let file = [Self.service, Self.first, Self.other, Self.second].joined(separator: "\n")
        #expect(
            try plan(file) == [
                "1 \(Self.bare)", "2 \(Self.first)", "3 \(Self.other)", "4 \(Self.second)",
                "1 \(Self.scheduler)",
            ]
        )
    }

    /// Lines after which the scheduler must be there, or that leave nothing to gain.
    @Test(arguments: [
        [Self.service, Self.first],
        [Self.service, Self.first, "-E -t 192.0.2.1:80 -s wlc", Self.second],
        [Self.service, "-D -t 192.0.2.1:80", Self.other],
        [
            Self.other, "-a -t 192.0.2.2:80 -r 10.0.0.1:80 -g -w 1",
            "-a -t 192.0.2.2:80 -r 10.0.0.2:80 -g -w 1",
        ],
        [Self.first, Self.second],
    ])
    func leavesOtherFilesAsTheyAre(file: [String]) throws {
        let lines = try plan(file.joined(separator: "\n"))
        #expect(lines == file.enumerated().map { "\($0.offset + 1) \($0.element)" })
    }

    @Test func endsBeforeALineThatChangesTheService() throws {
        let change = "-E -t 192.0.2.1:80 -s wlc"
        let file = [Self.service, Self.first, Self.second, change, Self.third]
        #expect(
            try plan(file.joined(separator: "\n")) == [
                "1 \(Self.bare)", "2 \(Self.first)", "3 \(Self.second)", "1 \(Self.scheduler)",
                "4 \(change)", "5 \(Self.third)",
            ]
        )
    }

    @Test func leavesAServiceThatIsThereAlone() throws {
        let file = [Self.service, Self.first, Self.second].joined(separator: "\n")
        let lines = try plan(file, present: [try tcp("192.0.2.1", 80)])
        #expect(lines == ["1 \(Self.service)", "2 \(Self.first)", "3 \(Self.second)"])
        // Cleared by the file itself, it is new again.
        #expect(try plan("-C\n" + file, present: [try tcp("192.0.2.1", 80)]).count == 5)
        let removed = "-D -t 192.0.2.1:80\n" + file
        #expect(try plan(removed, present: [try tcp("192.0.2.1", 80)]).count == 5)
    }

    /// What the kernel holds in the end is what the lines give one by one.
    @Test func changesNothingAboutTheOutcome() async throws {
        for seed in 0..<300 as Range<UInt64> {
            var random = SeededGenerator(seed: seed)
            let rules = random.file().enumerated().map { Rule($0.element, line: $0.offset + 1) }
            let start = random.file()
            let byLine = FakeIPVS()
            let planned = FakeIPVS()
            for kernel in [byLine, planned] { _ = try await Client(over: kernel).apply(start) }
            let present = planned.with { Set($0.table.entries.map(\.service.service.identity)) }
            let refused = try await Client(over: byLine).apply(rules.map(\.operation))
            let plan = RulePlan(rules, present: present)
            let results = try await Client(over: planned).apply(plan.rules.map(\.operation))
            #expect(byLine.with { $0.table } == planned.with { $0.table }, "seed \(seed)")
            let bad = zip(plan.rules.map(\.line), results).filter { $0.1 != nil }.map(\.0)
            let expected = zip(rules, refused).filter { $0.1 != nil }.map(\.0.line)
            #expect(bad == expected, "seed \(seed)")
            #expect(plan.pieces(of: 3).flatMap { $0 } == Array(plan.rules.indices))
        }
    }

    @Test func takesBackAServiceWhoseSchedulerIsMissing() async throws {
        let kernel = FakeIPVS()
        kernel.with { $0.schedulers = [.none, .roundRobin] }
        let file = [Self.other, Self.service, Self.first, Self.second].joined(separator: "\n")
        let plan = try RulePlan(rules(file), present: [])
        let results = try await Client(over: kernel).apply(plan.rules.map(\.operation))
        #expect(results.map { $0 == nil } == [true, true, true, true, false])
        let cleanup = plan.cleanup(after: results)
        #expect(cleanup == [.deleteService(try tcp("192.0.2.1", 80))])
        // Somebody else's service is not taken away: it was not added here.
        var foreign = results
        foreign[1] = results[4]
        #expect(plan.cleanup(after: foreign).isEmpty)
    }

    @Test func cutsWhereTheServiceChanges() throws {
        let file = [Self.service, Self.first, Self.second, Self.other, "-C"].joined(separator: "\n")
        let plan = try RulePlan(rules(file), present: [])
        #expect(plan.pieces(of: 1) == [0..<4, 4..<5, 5..<6])
        #expect(plan.pieces(of: 5) == [0..<5, 5..<6])
        #expect(plan.pieces(of: 100) == [0..<6])
        #expect(try RulePlan(rules(""), present: []).pieces(of: 1).isEmpty)
    }
}

/// `--replace`: the file is the table.
@Suite struct RuleTableTests {
    @Test(arguments: [
        ("-a -t 1.2.3.4:5 -r 1.2.3.6", 1), ("-A -f 1\n-A -f 1", 2), ("-A -f 1\n-E -f 1 -6", 2),
        ("-D -f 1", 1), ("-A -f 1\n-Z", 2), ("-A -f 1\n-D -f 1\n-E -f 1", 3),
        ("-A -f 1\n-a -f 1 -r 1.1.1.1\n-a -f 1 -r 1.1.1.1", 3),
        ("-A -f 1\n-e -f 1 -r 1.1.1.1", 2), ("-A -f 1\n-d -f 1 -r 1.1.1.1", 2),
    ])
    func refusesWhatNoTableComesOf(text: String, line: Int) throws {
        do {
            _ = try RuleTable(rules(text))
            Issue.record("taken: \(text)")
        } catch let rejection as RuleFile.Rejection {
            #expect(rejection.problems.map(\.line) == [line], "\(text)")
        }
    }

    /// A table becomes the other one, and then nothing is left to change.
    @Test func changesLeadToTheTable() async throws {
        for seed in 0..<400 as Range<UInt64> {
            var random = SeededGenerator(seed: seed)
            let kernel = FakeIPVS()
            let client = Client(over: kernel)
            _ = try await client.apply(random.file())
            let file = random.table().enumerated().map { Rule($0.element, line: $0.offset + 1) }
            let wanted = try RuleTable(file)
            let plan = wanted.changes(from: try await client.table())
            let results = try await client.apply(plan.rules.map(\.operation))
            #expect(results.allSatisfy { $0 == nil }, "seed \(seed)")
            let table = try await client.table()
            #expect(wanted.changes(from: table).rules.isEmpty, "seed \(seed)")

            let fresh = FakeIPVS()
            _ = try await Client(over: fresh).apply(file.map(\.operation))
            let held = configuration(table.sorted)
            #expect(held == configuration(fresh.with { $0.table }.sorted), "seed \(seed)")
            // Where the order matters, it is the same as well.
            #expect(maglev(table) == maglev(fresh.with { $0.table }), "seed \(seed)")
        }
    }

    private func configuration(_ table: IPVS.Table) -> [IPVS.Operation] {
        table.operations(isSorted: true)
    }

    private func maglev(_ table: IPVS.Table) -> [IPVS.Operation] {
        IPVS.Table(table.entries.filter { $0.service.service.scheduler == .maglev }).operations()
    }

    @Test func movesAsFewServersAsPossible() throws {
        let service = "-A -f 1 -s mh"
        let servers = (1...4).map { "-a -f 1 -r 10.0.0.\($0) -g -w 1" }
        let wanted = try RuleTable(rules(([service] + servers).joined(separator: "\n")))
        func held(_ order: [Int]) throws -> IPVS.Table {
            let mark = ServiceIdentity.mark(1, .v4)
            let destinations = try order.map {
                ObservedDestination(
                    Destination(
                        try endpoint("10.0.0.\($0)", 0),
                        forwarding: .directRouting,
                        weight: 1
                    ),
                    Connections(),
                    Statistics()
                )
            }
            let observed = ObservedService(Service(mark, scheduler: .maglev), Statistics())
            return IPVS.Table([IPVS.Table.Entry(observed, destinations)])
        }
        // The kernel lists last added first.
        #expect(try wanted.changes(from: held([4, 3, 2, 1])).rules.isEmpty)
        #expect(try wanted.changes(from: held([3, 4, 2, 1])).rules.count == 2)
        #expect(try wanted.changes(from: held([3, 2, 1])).rules.count == 1)
        #expect(try wanted.changes(from: held([4, 2, 1])).rules.count == 3)
        #expect(try wanted.changes(from: held([9, 4, 3, 2, 1])).rules.count == 1)
        #expect(try wanted.changes(from: held([1, 2, 3, 4])).rules.count == 6)
    }

    @Test func setsTimeoutsOnlyWhereTheyDiffer() throws {
        let wanted = try RuleTable(rules("--set 900 120 300"))
        let kept = Timeouts(tcp: 900, tcpFin: 120, udp: 300)
        #expect(wanted.changes(from: IPVS.Table(), timeouts: kept).rules.isEmpty)
        let other = Timeouts(tcp: 900, tcpFin: 120, udp: 301)
        #expect(
            wanted.changes(from: IPVS.Table(), timeouts: other).rules.map(\.operation)
                == [.setTimeouts(kept)]
        )
    }
}

@Suite struct TableRulesTests {
    @Test func listsByFamilyProtocolAddressPortAndThenMark() throws {
        let ordered: [ServiceIdentity] = [
            try tcp("10.1.2.3", 80), try tcp("203.0.113.9", 8080), try tcp("203.0.113.10", 80),
            try tcp("203.0.113.10", 443), .address(try address("1.1.1.1"), .udp, 1),
            .address(try address("1.1.1.1"), .sctp, 1), try tcp("2001:db8::11", 80),
            try tcp("2001:db8::abcd:1234", 80), .mark(7, .v4), .mark(7, .v6), .mark(1 << 31, .v4),
        ]
        for (index, own) in ordered.enumerated() {
            for (other, its) in ordered.enumerated() {
                #expect(own.isListed(before: its) == (index < other))
            }
        }
    }

    /// What is saved gives the kernel's own order back.
    @Test func savesTheOrderOfTheKernel() async throws {
        for seed in 0..<100 as Range<UInt64> {
            var random = SeededGenerator(seed: seed)
            let (kernel, copy) = (FakeIPVS(), FakeIPVS())
            _ = try await Client(over: kernel).apply(random.file())
            let table = kernel.with { $0.table }
            _ = try await Client(over: copy).apply(table.operations())
            let same = copy.with { $0.table }
            #expect(same.operations() == table.operations(), "seed \(seed)")
        }
    }
}

@Suite struct ConnectionEntryTests {
    /// Lines of `/proc/net/ip_vs_conn`, Linux 6.1.
    @Test func readsWhatTheKernelWrites() throws {
        let first = try #require(
            ConnectionEntry(
                "TCP CB007109 B05A CB007109 0051 0A14000B 0051 ESTABLISHED     894"
            )
        )
        #expect(first.transport == "TCP")
        #expect(first.client == (try endpoint("203.0.113.9", 45146)))
        #expect(first.virtual == (try endpoint("203.0.113.9", 81)))
        #expect(first.destination == (try endpoint("10.20.0.11", 81)))
        #expect(first.state == "ESTABLISHED")
        #expect(first.expires == 894)
        #expect(first.engine == nil)
        let sixth = try #require(
            ConnectionEntry(
                "TCP 2001:0db8:0113:0000:0000:0000:0000:0010 A742 "
                    + "2001:0db8:0113:0000:0000:0000:0000:0010 0051 "
                    + "2001:0db8:0020:0000:0000:0000:0000:0001 0051 ESTABLISHED     894 sip abc"
            )
        )
        #expect(sixth.destination == (try endpoint("2001:db8:20::1", 81)))
        #expect(sixth.engine == "sip abc")
    }

    @Test(arguments: [
        "", "Pro FromIP   FPrt ToIP     TPrt DestIP   DPrt State       Expires PEName PEData",
        "TCP CB007109 B05A CB007109 0051 0A14000B 0051 ESTABLISHED",
        "TCP CB00710 B05A CB007109 0051 0A14000B 0051 ESTABLISHED 1",
        "TCP CB007109 B05AF CB007109 0051 0A14000B 0051 ESTABLISHED 1",
    ])
    func passesOverTheRest(line: String) { #expect(ConnectionEntry(line) == nil) }
}

extension SeededGenerator {
    private static let marks: [UInt32] = [1, 2, 3]

    private mutating func service(_ mark: UInt32) -> Service {
        Service(
            .mark(mark, .v4),
            scheduler: chance(3) ? .roundRobin : .maglev,
            flags: chance(2) ? [.port] : []
        )
    }

    private mutating func destination(_ last: UInt32) -> Destination {
        Destination(
            Endpoint(IPAddress(v4: 0x0a00_0000 + last), 0),
            forwarding: .directRouting,
            weight: Int.random(in: 0...2, using: &self)
        )
    }

    /// Lines about a few services and servers, some of which the kernel refuses.
    fileprivate mutating func file() -> [IPVS.Operation] {
        (0..<Int.random(in: 0...30, using: &self)).map { _ in
            let mark = Self.marks[Int.random(in: 0..<3, using: &self)]
            let identity = ServiceIdentity.mark(mark, .v4)
            let server = destination(UInt32.random(in: 1...5, using: &self))
            switch Int.random(in: 0..<14, using: &self) {
            case 0..<3: return .newService(service(mark))
            case 3..<10: return .newDestination(server, of: identity)
            case 10: return .updateDestination(server, of: identity)
            case 11: return .deleteDestination(server.endpoint, of: identity)
            case 12: return chance(2) ? .updateService(service(mark)) : .deleteService(identity)
            default: return chance(4) ? .flush : .zero(nil)
            }
        }
    }

    /// Lines that describe a table.
    fileprivate mutating func table() -> [IPVS.Operation] {
        Self.marks.shuffled(using: &self).dropLast(Int.random(in: 0...2, using: &self))
            .flatMap { mark -> [IPVS.Operation] in
                let servers = (UInt32(1)...5).shuffled(using: &self)
                    .dropLast(Int.random(in: 0...5, using: &self))
                let additions = servers.map {
                    IPVS.Operation.newDestination(destination($0), of: .mark(mark, .v4))
                }
                return [.newService(service(mark))] + additions
            }
    }
}
