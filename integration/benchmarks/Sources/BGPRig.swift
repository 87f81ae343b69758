import FRR
import Logging
import Net

/// The FRR library at work on a real bgpd, without the daemon around it.
struct BGPRig {
    /// Looks at what peers are sent, until they are sent what they should; bgpd keeps every change
    /// back for some 50 ms.
    private static let mostLooks = 10_000
    /// Between two looks that were too early.
    private static let pause = Duration.milliseconds(2)

    private let bgp: BGP
    private let owned: [Prefix]
    private let addresses: [IPAddress]
    private let peers: Int

    /// The bgpd behind `socket`, and `count` addresses from 10.64.0.0 on to announce to `peers`.
    init(socket: String, asn: String, count: Int, peers: Int) throws {
        bgp = BGP(asn: try ASN(parsing: asn), socket: socket, logger: Logger(label: "bench"))
        owned = [try Prefix(parsing: "10.64.0.0/14")]
        addresses = (0..<count).map { IPAddress(v4: 0x0a40_0000 + UInt32($0)) }
        self.peers = peers
    }

    /// Runs `body` while the connections to bgpd are kept.
    func connected(_ body: (Self) async throws -> Void) async throws {
        let (changes, continuation) = AsyncStream.makeStream(of: VTYSession.Change.self)
        let keeping = Task { await bgp.keep { continuation.yield($0) } }
        for await case .connected in changes { break }
        // The reader may be a moment behind the writer.
        _ = try await repeating { try await self.bgp.version() }
        try await body(self)
        keeping.cancel()
    }

    /// Announces and withdraws all of them, again and again: microseconds of the writes, and of the
    /// writes with what every peer is seen to be sent or to have lost, a line for each.
    func writeAll(rounds: Int) async throws {
        for _ in 0..<rounds {
            let announced = try await change(
                BGPBatch(withdraw: [], announce: addresses.map { BGPAnnouncement($0) }),
                until: addresses.count
            )
            let withdrawn = try await change(BGPBatch(withdraw: addresses, announce: []), until: 0)
            print("announce", announced.written, announced.seen)
            print("withdraw", withdrawn.written, withdrawn.seen)
        }
    }

    /// Announces all of them, and then reads back and compares: microseconds, a line for each.
    func readAll(rounds: Int) async throws {
        let wanted = Set(addresses)
        _ = try await change(
            BGPBatch(withdraw: [], announce: addresses.map { BGPAnnouncement($0) }),
            until: addresses.count
        )
        for _ in 0..<rounds {
            let start = ContinuousClock.now
            let seen = try await bgp.observe(owned: owned)
            let missing = wanted.filter { (seen.sent[$0]?.count ?? 0) < peers }
            let surplus = seen.sent.keys.filter { !wanted.contains($0) }
            let took = start.duration(to: .now)
            guard missing.isEmpty, surplus.isEmpty else {
                throw Failure.unexpected("\(missing.count) missing, \(surplus.count) surplus")
            }
            print("read", took.microseconds)
        }
    }

    private func change(
        _ batch: BGPBatch,
        until count: Int
    ) async throws -> (written: Double, seen: Double) {
        let start = ContinuousClock.now
        let outcomes = try await bgp.apply(batch)
        let written = start.duration(to: .now)
        for case (let statement, .refused(let error)) in outcomes {
            throw Failure.unexpected("\(statement): \(error)")
        }
        // How much the peers are sent costs next to nothing to ask; what it is, more.
        for _ in 0..<Self.mostLooks {
            let sent = try await bgp.summary().families[.v4]?.peers.values.map(\.sent) ?? []
            if sent.count(where: { $0 == count }) >= peers {
                let seen = try await bgp.observe(owned: owned).sent
                if seen.count == count, seen.values.allSatisfy({ $0.count == peers }) {
                    return (written.microseconds, start.duration(to: .now).microseconds)
                }
            }
            try await Task.sleep(for: Self.pause)
        }
        throw Failure.restless
    }

    private func repeating<T>(_ body: () async throws -> T) async throws -> T {
        for _ in 0..<Self.mostLooks {
            do { return try await body() } catch { try await Task.sleep(for: Self.pause) }
        }
        return try await body()
    }
}
