import Net
import TestSupport
import Testing

@testable import FRR

/// The lines of a batch, byte for byte.
@Suite struct BGPBatchTests {
    private static let allowance = VTYAllowance(deadline: .seconds(1), replyBytes: 10)

    private static func addresses(_ texts: [String]) throws -> [IPAddress] {
        try texts.map { try IPAddress(parsing: $0) }
    }

    private static func lines(_ batch: BGPBatch) -> [[String]] {
        batch.chunks(of: VTYLimits.chunkLines).map { chunk in
            let script = chunk.script(entering: .routerBGP, allowance: allowance)
            return script.steps.map(\.line.text) + [script.closing?.text ?? "-"]
        }
    }

    @Test func withdrawsFirstThenAnnouncesInOrder() throws {
        let batch = BGPBatch(
            withdraw: try Self.addresses(["2001:db8::2", "203.0.113.9", "203.0.113.10"]),
            announce: [
                BGPAnnouncement(try IPAddress(parsing: "2001:db8::1")),
                BGPAnnouncement(
                    try IPAddress(parsing: "203.0.113.20"),
                    routeMap: try RouteMapName(parsing: "PENSTOCK-SOFT")
                ),
            ]
        )
        #expect(
            Self.lines(batch) == [
                [
                    "end",
                    "configure terminal",
                    "router bgp",
                    "address-family ipv4 unicast",
                    "no network 203.0.113.9/32",
                    "no network 203.0.113.10/32",
                    "exit-address-family",
                    "address-family ipv6 unicast",
                    "no network 2001:db8::2/128",
                    "exit-address-family",
                    "address-family ipv4 unicast",
                    "network 203.0.113.20/32 route-map PENSTOCK-SOFT",
                    "exit-address-family",
                    "address-family ipv6 unicast",
                    "network 2001:db8::1/128",
                    "end",
                ]
            ]
        )
    }

    @Test func announcesInPlaceWhatIsInBoth() throws {
        let address = try IPAddress(parsing: "203.0.113.10")
        let batch = BGPBatch(withdraw: [address], announce: [BGPAnnouncement(address)])
        #expect(batch.statements == [.announce(BGPAnnouncement(address))])
    }

    @Test func anEmptyBatchSendsNothing() {
        #expect(Self.lines(BGPBatch(withdraw: [], announce: [])).isEmpty)
    }

    @Test(arguments: [1, 256, 257, 1_000])
    func cutsIntoChunks(count: Int) throws {
        let all = (0..<UInt32(count)).map { IPAddress(v4: 0x0a00_0000 + $0) }
        let batch = BGPBatch(withdraw: all, announce: [])
        #expect(
            batch.chunks(of: VTYLimits.chunkLines).allSatisfy {
                $0.statements.count <= VTYLimits.chunkLines
            }
        )
        #expect(batch.chunks(of: VTYLimits.chunkLines).flatMap(\.statements) == batch.statements)
        #expect(batch.statements.map(\.address) == all)
    }

    @Test(arguments: UInt64(0)..<20)
    func rendersEqualBatchesEqually(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let some = (0..<50).map { _ in
            IPAddress(v4: UInt32.random(in: 0...255, using: &random))
        }
        let batch = BGPBatch(
            withdraw: some.prefix(25),
            announce: some.suffix(25).map { BGPAnnouncement($0) }
        )
        let again = BGPBatch(
            withdraw: some.prefix(25).shuffled(using: &random),
            announce: some.suffix(25).shuffled(using: &random).map { BGPAnnouncement($0) }
        )
        #expect(Self.lines(batch) == Self.lines(again))
        #expect(Set(batch.statements.map(\.address)).count == batch.statements.count)
    }
}
