import Core
import IPVS
import Net
import Netlink
import Synchronization
import Testing

@testable import Planes

/// The table as a plane, before a kernel that is played.
@Suite struct IPVSPlaneTests {
    private static let key = ServiceKey(IPAddress(v4: 0xcb00_710a), ServiceID(.tcp, 443))
    private static let server = Endpoint(IPAddress(v4: 0x0a14_000b), 443)

    /// What the kernel answers to a change; `nil` for yes.
    private typealias Judgement = @Sendable (IPVS.Operation) -> Errno?

    /// A plane on a kernel with this table.
    private func plane(
        _ table: Table = Table(),
        hasModule: Bool = true,
        listing: String = "",
        judge: @escaping Judgement = { _ in nil },
        hiding: @escaping @Sendable (Request) -> Bool = { _ in false }
    ) -> IPVSPlane {
        let family: UInt16 = 32
        let kernel = ScriptedKernel(families: hasModule ? [IPVSFamily.name: family] : [:]) {
            message throws(NetlinkError) in
            let request = try Request(decoding: message)
            // A list that leaves out what it should show does not say so.
            if hiding(request) { return [] }
            switch request {
            case .services:
                return table.entries.map { Reply.service($0.service).message(family: family) }
            case .destinations(let identity):
                let entry = table.entries.first { $0.service.service.identity == identity }
                return (entry?.destinations ?? []).map {
                    Reply.destination($0).message(family: family)
                }
            case .service(let identity):
                let entry = table.entries.first { $0.service.service.identity == identity }
                guard let entry else { throw .refused(.noProcess, words: "") }
                return [Reply.service(entry.service).message(family: family)]
            case .change(let operation):
                if let errno = judge(operation) { throw .refused(errno, words: "") }
                return []
            case .info, .timeouts, .daemons: throw .refused(.notSupported, words: "")
            }
        }
        return IPVSPlane(
            IPVS.Client(over: kernel, privilege: { .lacking }),
            listings: ListingSource { () async throws(KernelFile.Failure) in Array(listing.utf8) }
        )
    }

    private func code(_ result: Result<Void, Fault>) -> String? {
        guard case .failure(let fault) = result else { return nil }
        return fault.code
    }

    private static let table = Table([
        Table.Entry(
            IPVS.ObservedService(
                Scheduling().service(key),
                Statistics(total: Traffic(inPackets: 99))
            ),
            [
                IPVS.ObservedDestination(
                    IPVS.Destination(server, forwarding: .directRouting, weight: 3),
                    Connections(active: 2, inactive: 0),
                    Statistics()
                )
            ]
        )
    ])

    @Test func seesTheTable() async throws {
        let facts = try await plane(Self.table).observe()
        let service = Core.ObservedService(
            slice: ServiceSlice(
                scheduling: Scheduling(),
                destinations: [
                    Self.server: DestinationSlice(forwarding: .directRouting, weight: 3)
                ]
            ),
            scheduler: "mh",
            activeConnections: [Self.server: 2],
            inPackets: 99
        )
        #expect(facts == IPVSFacts(services: [Self.key: service]))
    }

    /// No module, no table: that is a failed look, never an empty one.
    @Test func aMissingFamilyIsAFault() async throws {
        let plane = plane(hasModule: false)
        let fault = await #expect(throws: Fault.self) { try await plane.observe() }
        #expect(fault?.code == "K301")
        #expect(fault?.fix.isEmpty == false)
        let results = await plane.apply([
            .addService(Self.key, Scheduling()), .removeService(Self.key),
        ])
        #expect(results.map(code) == ["K301", "K301"])
    }

    /// A change may take several operations; each result is that of its own ones.
    @Test func resultsBelongToTheirChanges() async throws {
        let refused = Endpoint(IPAddress(v4: 0x0a14_000c), 443)
        let told = Mutex<[IPVS.Operation]>([])
        let plane = plane { operation in
            told.withLock { $0.append(operation) }
            switch operation {
            case .newDestination(let new, _): return new.endpoint == refused ? .noMemory : nil
            case .updateDestination(let new, _): return new.endpoint == refused ? .noEntry : nil
            default: return nil
            }
        }
        let results = await plane.apply([
            .addService(Self.key, Scheduling()),
            .addDestination(Self.key, refused, .directRouting, weight: 0, nominal: 1),
            .addDestination(Self.key, Self.server, .directRouting, weight: 0, nominal: 1),
            .updateService(Self.key, Scheduling()),
        ])
        #expect(results.map { code($0) != nil } == [false, true, false, false])
        // Each of the two servers is introduced with its weight and then set to 0; the service
        // begins without a scheduler and gets it when they are there.
        #expect(told.withLock { $0.count } == 7)
        guard case .failure(let fault) = results[1] else { return }
        #expect("\(fault)".contains("ENOMEM"), "the first refusal is the telling one: \(fault)")
    }

    /// A new `mh` service builds its table once, however many destinations it begins with.
    @Test func aNewTableIsBuiltOnce() async throws {
        let told = Mutex<[IPVS.Operation]>([])
        let plane = plane { operation in
            told.withLock { $0.append(operation) }
            return nil
        }
        let servers = (1...300).reversed().map { Endpoint(IPAddress(v4: 0x0a14_0000 + $0), 443) }
        let other = ServiceKey(IPAddress(v4: 0xcb00_710b), ServiceID(.tcp, 443))
        let rr = Scheduling(scheduler: .rr, flags: [])
        let results = await plane.apply(
            [.addService(Self.key, Scheduling())]
                + servers.map {
                    .addDestination(Self.key, $0, .directRouting, weight: 1, nominal: 1)
                }
                + [
                    .addService(other, rr),
                    .addDestination(other, Self.server, .directRouting, weight: 1, nominal: 1),
                ]
        )
        #expect(results.allSatisfy { code($0) == nil })
        let full = Scheduling().service(Self.key)
        var bare = full
        bare.scheduler = .none
        let expected: [IPVS.Operation] =
            [.newService(bare)]
            + servers.map {
                .newDestination(
                    IPVS.Destination($0, forwarding: .directRouting, weight: 1),
                    of: Self.key.identity
                )
            }
            + [
                .updateService(full), .newService(rr.service(other)),
                .newDestination(
                    IPVS.Destination(Self.server, forwarding: .directRouting, weight: 1),
                    of: other.identity
                ),
            ]
        #expect(told.withLock { $0 } == expected)
    }

    /// A service that never got its scheduler serves nothing, so it does not count as added.
    @Test func aServiceWithoutItsSchedulerIsNotThere() async throws {
        let plane = plane { operation in
            if case .updateService = operation { .noEntry } else { nil }
        }
        let results = await plane.apply([
            .addService(Self.key, Scheduling()),
            .addDestination(Self.key, Self.server, .directRouting, weight: 1, nominal: 1),
        ])
        #expect(results.map { code($0) != nil } == [true, false])
    }

    /// Away and back in one go, at the weight that gives it its place, then at its own.
    @Test(arguments: [nil, Errno.noEntry, .noMemory])
    func aMoveIsARemovalAndAnIntroduction(refusal: Errno?) async throws {
        let told = Mutex<[IPVS.Operation]>([])
        let plane = plane { operation in
            told.withLock { $0.append(operation) }
            if case .deleteDestination = operation { return refusal }
            return nil
        }
        let results = await plane.apply([
            .moveDestination(Self.key, Self.server, .directRouting, weight: 0, nominal: 5)
        ])
        let new = { IPVS.Destination(Self.server, forwarding: .directRouting, weight: $0) }
        #expect(
            told.withLock { $0 } == [
                .deleteDestination(Self.server, of: Self.key.identity),
                .newDestination(new(5), of: Self.key.identity),
                .updateDestination(new(0), of: Self.key.identity),
            ]
        )
        // That it was gone already is no failure; that it could not be taken away is one.
        #expect(results.map { code($0) != nil } == [refusal == .noMemory])
    }

    /// Taken away and not added again: somebody has to hear of that.
    @Test func halfAMoveFails() async throws {
        let plane = plane { operation in
            if case .newDestination = operation { .noMemory } else { nil }
        }
        let results = await plane.apply([
            .moveDestination(Self.key, Self.server, .directRouting, weight: 1, nominal: 1)
        ])
        #expect(results.map { code($0) != nil } == [true])
    }

    /// The order of the list is part of what is seen.
    @Test func seesTheOrder() async throws {
        let servers = [3, 1, 2].map { Endpoint(IPAddress(v4: 0x0a14_0000 + $0), 443) }
        var table = Self.table
        table.entries[0].destinations = servers.map {
            IPVS.ObservedDestination(
                IPVS.Destination($0, forwarding: .directRouting, weight: 1),
                Connections(active: 0, inactive: 0),
                Statistics()
            )
        }
        let facts = try await plane(table).observe()
        #expect(facts.services[Self.key]?.slice.destinations.keys == servers)
    }

    /// What is gone already is what was wanted; what cannot be updated is not.
    @Test func removingWhatIsGoneSucceeds() async throws {
        let plane = plane { _ in .noProcess }
        let results = await plane.apply([
            .removeService(Self.key),
            .removeDestination(Self.key, Self.server),
            .updateService(Self.key, Scheduling()),
        ])
        #expect(results.map { code($0) == nil } == [true, true, false])
        let withoutServer = self.plane { _ in .noEntry }
        let removed = await withoutServer.apply([.removeDestination(Self.key, Self.server)])
        #expect(removed.map(code) == [nil])
    }

    @Test func aMissingCapabilityIsNamed() async throws {
        let results = await plane { _ in .notPermitted }.apply([.removeService(Self.key)])
        guard case .failure(let fault)? = results.first else {
            Issue.record("a refusal counts as done")
            return
        }
        #expect(fault.fix.contains("CAP_NET_ADMIN"))
    }

    // MARK: - What one list shows is not yet so

    /// Lists that leave everything out: what they hide is asked for again, and found.
    @Test func whatOneListLeavesOutIsStillThere() async throws {
        let isHiding = Mutex(false)
        let looks = Mutex(0)
        let plane = plane(
            Self.table,
            hiding: { request in
                guard case .services = request else { return false }
                looks.withLock { $0 += 1 }
                return isHiding.withLock { $0 }
            }
        )
        let first = try await plane.observe()
        #expect(first.services.count == 1)
        isHiding.withLock { $0 = true }
        #expect(try await plane.observe() == first)
        #expect(looks.withLock { $0 } == 2)
    }

    /// A list of destinations that comes up short once is read again until two agree.
    @Test(arguments: [1, 2, 3]) func aShortListIsReadAgain(times: Int) async throws {
        let left = Mutex(0)
        let plane = plane(
            Self.table,
            hiding: { request in
                guard case .destinations = request else { return false }
                return left.withLock { left in
                    left -= 1
                    // Shown and hidden by turns.
                    return left >= 0 && left.isMultiple(of: 2)
                }
            }
        )
        let first = try await plane.observe()
        left.withLock { $0 = times }
        #expect(try await plane.observe() == first)
    }

    /// What is really gone is gone, and one that never comes to rest is a failed look.
    @Test func whatTwoReadingsAgreeOnIsSo() async throws {
        let isGone = Mutex(false)
        let plane = plane(
            Self.table,
            hiding: { request in
                if case .destinations = request { isGone.withLock { $0 } } else { false }
            }
        )
        _ = try await plane.observe()
        isGone.withLock { $0 = true }
        let after = try await plane.observe()
        #expect(after.services[Self.key]?.slice.destinations.isEmpty == true)

        let turn = Mutex(0)
        let restless = self.plane(
            Self.table,
            hiding: { request in
                guard case .destinations = request else { return false }
                return turn.withLock { turn in
                    turn += 1
                    return turn.isMultiple(of: 2)
                }
            }
        )
        _ = try await restless.observe()
        let fault = await #expect(throws: Fault.self) { try await restless.observe() }
        #expect(fault?.summary.isEmpty == false)
        #expect(turn.withLock { $0 } < 10)
    }

    // MARK: - The listing

    @Test func listsWhatTheKernelPrints() async throws {
        let plane = plane(
            listing: """
                IP Virtual Server version 1.2.1 (size=4096)
                Prot LocalAddress:Port Scheduler Flags
                  -> RemoteAddress:Port Forward Weight ActiveConn InActConn
                TCP  CB00710A:01BB mh\u{20}
                  -> 0A14000B:01BB      Route   3      2          0
                  -> 0A14000C:01BB      Local   1      0          0
                FWM  00000007 rr\u{20}
                """
        )
        let local = Endpoint(IPAddress(v4: 0x0a14_000c), 443)
        let expected = ListedService(
            scheduler: "mh",
            destinations: [
                Self.server: DestinationSlice(forwarding: .directRouting, weight: 3),
                local: DestinationSlice(forwarding: nil, weight: 1),
            ]
        )
        #expect(try await plane.list() == TableListing(services: [Self.key: expected]))
    }

    /// Nothing at all is not an empty table.
    @Test func anEmptyFileIsAFault() async {
        let fault = await #expect(throws: Fault.self) { try await plane().list() }
        #expect(fault?.code == "K331")
        #expect(fault?.fix.isEmpty == false)
    }
}
