import Core
import Foundation
import TestSupport
import Testing

@testable import penstock

/// Where two directors disagree, found from two status documents.
@Suite struct ComparisonTests {
    /// `mixed` with a table of four servers for web/https, changed by `edit`.
    static func snapshot(
        _ name: String = "ams1-dir-a",
        _ edit: (inout ServiceStatus) -> Void = { _ in }
    ) throws -> Snapshot {
        var snapshot = try SampleSnapshot.mixed()
        snapshot.node.name = name
        snapshot.vips[1].services[0].table = TableStatus(
            scheduler: "mh(mh-fallback,mh-port)",
            members: (1...4).map { number in
                MemberStatus(endpoint: "10.20.0.1\(number):443", weight: 1, lastWeight: 1)
            }
        )
        edit(&snapshot.vips[1].services[0])
        return snapshot
    }

    static func comparison(
        _ edit: (inout ServiceStatus) -> Void
    ) throws -> Comparison {
        Comparison(
            try snapshot(),
            from: "this director",
            against: try snapshot("ams1-dir-b", edit),
            from: "http://ams1-dir-b:9477"
        )
    }

    private func https(_ edit: (inout ServiceStatus) -> Void) throws -> ServiceComparison {
        try #require(
            try Self.comparison(edit).services.first { $0.vip == "web" && $0.service == "https" }
        )
    }

    @Test func aDirectorDoesNotDifferFromItself() throws {
        let comparison = try Self.comparison { _ in }
        #expect(!comparison.differs)
        #expect(comparison.services.count == 5)
        let https = try https { _ in }
        #expect(https.flows == 0 && https.slots == 0)
        #expect(https.digestHere == https.digestThere && https.digestHere?.count == 16)
    }

    struct Case: CustomTestStringConvertible, Sendable {
        let testDescription: String
        let edit: @Sendable (inout ServiceStatus) -> Void
        let kind: ServiceComparison.Difference.Kind
        let endpoint: String?
        let here: String?
        let there: String?
        /// The bounds of the share of flows; `nil` where it cannot be known.
        let flows: ClosedRange<Double>?
    }

    static let cases = [
        Case(
            testDescription: "a weight",
            edit: {
                $0.table?.members[1] = MemberStatus(
                    endpoint: "10.20.0.12:443",
                    weight: 2,
                    lastWeight: 2
                )
            },
            kind: .weight,
            endpoint: "10.20.0.12:443",
            here: "1",
            there: "2",
            flows: 0.14...0.2
        ),
        Case(
            testDescription: "a server that is at 0 there: only its own flows move",
            edit: {
                $0.table?.members[1] = MemberStatus(
                    endpoint: "10.20.0.12:443",
                    weight: 0,
                    lastWeight: 1
                )
            },
            kind: .weight,
            endpoint: "10.20.0.12:443",
            here: "1",
            there: "0",
            flows: 0.24...0.26
        ),
        Case(
            testDescription: "a server that is not there",
            edit: { $0.table?.members.removeLast() },
            kind: .member,
            endpoint: "10.20.0.14:443",
            here: "1",
            there: nil,
            flows: 0.24...0.28
        ),
        Case(
            testDescription: "the order",
            edit: { $0.table?.members.reverse() },
            kind: .order,
            endpoint: nil,
            here: "begins with 10.20.0.11:443",
            there: "begins with 10.20.0.14:443",
            flows: 0.0001...0.01
        ),
        Case(
            testDescription: "the flags",
            edit: { $0.table?.scheduler = "mh(mh-fallback)" },
            kind: .scheduler,
            endpoint: nil,
            here: "mh(mh-fallback,mh-port)",
            there: "mh(mh-fallback)",
            // With and without the port, a client is hashed apart.
            flows: 0.74...0.76
        ),
        Case(
            testDescription: "another scheduler",
            edit: { $0.table?.scheduler = "wrr" },
            kind: .scheduler,
            endpoint: nil,
            here: "mh(mh-fallback,mh-port)",
            there: "wrr",
            flows: nil
        ),
        Case(
            testDescription: "no service in the kernel",
            edit: { $0.table = nil },
            kind: .table,
            endpoint: nil,
            here: "in the table",
            there: nil,
            flows: nil
        ),
        Case(
            testDescription: "an administrative state",
            edit: { $0.backends[0].admin = "drain" },
            kind: .admin,
            endpoint: "10.20.0.11:443",
            here: "ready",
            there: "drain",
            flows: 0...0
        ),
        Case(
            testDescription: "what the checks say",
            edit: { $0.backends[0].health = "down" },
            kind: .health,
            endpoint: "10.20.0.11:443",
            here: "up",
            there: "down",
            flows: 0...0
        ),
        Case(
            testDescription: "the forwarding",
            edit: { $0.forwarding = "tun" },
            kind: .forwarding,
            endpoint: nil,
            here: "dr",
            there: "tun",
            flows: 0...0
        ),
    ]

    @Test(arguments: cases)
    func everyDifferenceIsFound(_ sample: Case) throws {
        let https = try https(sample.edit)
        #expect(https.differs)
        let difference = try #require(https.differences.first)
        #expect(https.differences.count == 1)
        #expect(difference.kind == sample.kind)
        #expect(difference.endpoint == sample.endpoint)
        #expect(difference.here == sample.here)
        #expect(difference.there == sample.there)
        if let bounds = sample.flows {
            #expect(bounds.contains(try #require(https.flows)), "\(https.flows ?? -1)")
        } else {
            #expect(https.flows == nil)
        }
    }

    @Test func aServerIntroducedAtZeroIsFoundThoughWeightsAreEqual() throws {
        func at0(_ last: Int?) -> (inout ServiceStatus) -> Void {
            {
                $0.table?.members[1] = MemberStatus(
                    endpoint: "10.20.0.12:443",
                    weight: 0,
                    lastWeight: last
                )
            }
        }
        let comparison = Comparison(
            try Self.snapshot("a", at0(1)),
            from: "a",
            against: try Self.snapshot("b", at0(0)),
            from: "b"
        )
        let https = try #require(comparison.services.first { $0.service == "https" && $0.differs })
        #expect(https.differences.map(\.kind) == [.slots])
        #expect((0.1...0.25).contains(try #require(https.flows)))
    }

    @Test func weightsOfAnotherScaleDifferAndAnswerAlike() throws {
        let https = try https { service in
            service.table?.members = (1...4).map { number in
                MemberStatus(endpoint: "10.20.0.1\(number):443", weight: 10, lastWeight: 10)
            }
        }
        #expect(https.differences.count == 4)
        #expect(https.flows == 0)
        #expect(https.digestHere == https.digestThere)
    }

    @Test func aServiceOfOneSideOnlyIsFoundOnEither() throws {
        let full = try Self.snapshot()
        var less = try Self.snapshot("ams1-dir-b")
        less.vips[1].services.removeLast()
        let (there, here) = (
            Comparison(full, from: "a", against: less, from: "b"),
            Comparison(less, from: "b", against: full, from: "a")
        )
        for (comparison, mine, theirs) in [(there, "443/udp", nil), (here, nil, "443/udp")] {
            let differing = comparison.services.filter(\.differs)
            #expect(differing.map(\.service) == ["http3"])
            #expect(differing.first?.differences.first?.kind == .service)
            #expect(differing.first?.differences.first?.here == mine)
            #expect(differing.first?.differences.first?.there == theirs)
        }
    }

    @Test(arguments: [
        MemberStatus(endpoint: "nonsense", weight: 1, lastWeight: 1),
        MemberStatus(endpoint: "10.20.0.12:443", weight: -1, lastWeight: 1),
        MemberStatus(endpoint: "10.20.0.12:443", weight: .max, lastWeight: .max),
        MemberStatus(endpoint: "10.20.0.12:443", weight: 0, lastWeight: nil),
    ])
    func aTableThatCannotBeIsNotWorkedOut(_ member: MemberStatus) throws {
        let https = try https { $0.table?.members[1] = member }
        #expect(https.differs)
        #expect(https.flows == nil && https.digestThere == nil)
    }

    @Test func aDirectorThatSeesNoTableIsNoted() throws {
        var blind = try Self.snapshot("ams1-dir-b")
        blind.ipvs.visibility.state = "blind"
        let comparison = Comparison(try Self.snapshot(), from: "a", against: blind, from: "b")
        #expect(
            comparison.notes
                == ["ams1-dir-b cannot see its table now; what it saw last is compared"]
        )
    }
}
