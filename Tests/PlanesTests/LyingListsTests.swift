import Core
import IPVS
import Net
import Netlink
import Synchronization
import TestSupport
import Testing

@testable import Planes

/// A kernel whose lists leave something out now and then, as those of the real one do while others
/// write, and do not say so.
private struct LyingKernel {
    var table: [IPVS.ServiceIdentity: [Endpoint]] = [:]
    var random: SeededGenerator
    var lies = 0
    /// The lists that left something out when they were last read.
    ///
    /// Two readings in a row that leave out the same are as good as true to whoever has nothing but
    /// readings.
    private var lied: Set<IPVS.Request> = []

    init(seed: UInt64) { random = SeededGenerator(seed: seed) }

    mutating func chance(_ percent: Int) -> Bool {
        Int.random(in: 0..<100, using: &random) < percent
    }

    mutating func answer(_ message: Message, family: UInt16) throws(NetlinkError) -> [Message] {
        let request = try Request(decoding: message)
        switch request {
        case .services:
            let services = table.keys.sorted { "\($0)" < "\($1)" }
                .map { Reply.service(Self.service($0)) }
            return leavingOut(services, of: request).map { $0.message(family: family) }
        case .destinations(let identity):
            let all = (table[identity] ?? []).map { Reply.destination(Self.destination($0)) }
            return leavingOut(all, of: request).map { $0.message(family: family) }
        case .service(let identity):
            guard table[identity] != nil else { throw .refused(.noProcess, words: "") }
            return [Reply.service(Self.service(identity)).message(family: family)]
        case .change(let operation):
            try carryOut(operation)
            return []
        case .info, .timeouts, .daemons: throw .refused(.notSupported, words: "")
        }
    }

    private mutating func leavingOut(_ list: [Reply], of request: IPVS.Request) -> [Reply] {
        guard lied.remove(request) == nil, chance(20),
            let index = list.indices.randomElement(using: &random)
        else { return list }
        lied.insert(request)
        lies += 1
        // One, or everything from there on.
        return Array(list[..<index]) + (chance(50) ? list[(index + 1)...] : [])
    }

    private mutating func carryOut(_ operation: IPVS.Operation) throws(NetlinkError) {
        switch operation {
        case .newService(let service):
            guard table[service.identity] == nil else { throw .refused(.exists, words: "") }
            table[service.identity] = []
        case .deleteService(let identity):
            guard table.removeValue(forKey: identity) != nil else {
                throw .refused(.noProcess, words: "")
            }
        case .newDestination(let destination, let identity):
            guard table[identity]?.contains(destination.endpoint) == false else {
                throw .refused(.exists, words: "")
            }
            table[identity]?.insert(destination.endpoint, at: 0)
        case .deleteDestination(let endpoint, let identity):
            guard let place = table[identity]?.firstIndex(of: endpoint) else {
                throw .refused(table[identity] == nil ? .noProcess : .noEntry, words: "")
            }
            table[identity]?.remove(at: place)
        default: break
        }
    }

    private static func service(_ identity: IPVS.ServiceIdentity) -> IPVS.ObservedService {
        IPVS.ObservedService(IPVS.Service(identity, scheduler: .roundRobin), Statistics())
    }

    private static func destination(_ endpoint: Endpoint) -> ObservedDestination {
        ObservedDestination(
            IPVS.Destination(endpoint, forwarding: .directRouting, weight: 1),
            Connections(active: 0, inactive: 0),
            Statistics()
        )
    }
}

private typealias Picture = [ServiceKey: Set<Endpoint>]

extension Picture {
    /// What the plane has done itself is known without a look.
    fileprivate mutating func learn(_ change: Change) {
        switch change {
        case .addService(let key, _): self[key] = []
        case .addDestination(let key, let endpoint, _, _, _): self[key]?.insert(endpoint)
        case .removeService(let key): self[key] = nil
        case .removeDestination(let key, let endpoint): self[key]?.remove(endpoint)
        default: break
        }
    }
}

/// What a look tells is there, and what it tells is gone is gone, however the lists lie.
@Suite struct LyingListsTests {
    private static let family: UInt16 = 32

    private static func key(_ number: Int) -> ServiceKey {
        ServiceKey(IPAddress(v4: 0xcb00_7100 + UInt32(number)), ServiceID(.tcp, 80))
    }

    private static func server(_ number: Int) -> Endpoint {
        Endpoint(IPAddress(v4: 0x0a14_0000 + UInt32(number)), 80)
    }

    private static func truth(_ kernel: LyingKernel) -> Picture {
        var truth: Picture = [:]
        for (identity, endpoints) in kernel.table {
            guard case .address(let address, let transport, let port) = identity else { continue }
            truth[ServiceKey(address, ServiceID(transport, port))] = Set(endpoints)
        }
        return truth
    }

    /// One change, and what it means for the picture.
    private static func change(_ kernel: inout LyingKernel) -> Change {
        let key = key(Int.random(in: 0..<5, using: &kernel.random))
        let server = server(Int.random(in: 0..<6, using: &kernel.random))
        switch Int.random(in: 0..<8, using: &kernel.random) {
        case 0, 1: return .addService(key, Scheduling(scheduler: .rr, flags: []))
        case 2: return .removeService(key)
        case 3: return .removeDestination(key, server)
        default: return .addDestination(key, server, .directRouting, weight: 1, nominal: 1)
        }
    }

    @Test func tellsNothingGoneThatIsThere() async throws {
        var lies = 0
        var looks = 0
        var failures = 0
        for seed in 0..<150 as Range<UInt64> {
            let kernel = Mutex(LyingKernel(seed: seed))
            let exchange = ScriptedKernel(families: [IPVSFamily.name: Self.family]) {
                message throws(NetlinkError) in
                try kernel.withLock { (kernel) throws(NetlinkError) in
                    try kernel.answer(message, family: Self.family)
                }
            }
            let plane = IPVSPlane(
                IPVS.Client(over: exchange, privilege: { .lacking }),
                listings: ListingSource { () async throws(KernelFile.Failure) in [] }
            )
            var known: Picture?
            for _ in 0..<20 {
                // By hand, and by the plane itself.
                for _ in 0..<3 {
                    let (change, isOurs) = kernel.withLock { kernel in
                        (Self.change(&kernel), kernel.chance(70))
                    }
                    if isOurs {
                        let results = await plane.apply([change])
                        if case .success = results[0] { known?.learn(change) }
                    } else {
                        try await byHand(change, exchange)
                    }
                }
                do throws(Fault) {
                    let facts = try await plane.observe()
                    looks += 1
                    let seen = facts.services.mapValues { Set($0.slice.destinations.keys) }
                    let truth = kernel.withLock { Self.truth($0) }
                    check(seen, against: truth, knowing: known, seed: seed)
                    known = seen
                } catch {
                    // A look that failed tells nothing.
                    failures += 1
                }
            }
            lies += kernel.withLock { $0.lies }
        }
        #expect(lies > 500 && looks > 2000, "\(lies) lies, \(looks) looks, \(failures) failures")
    }

    private func byHand(_ change: Change, _ exchange: ScriptedKernel) async throws {
        let messages = change.operations.map {
            IPVS.Request.change($0).message(family: Self.family)
        }
        _ = try await exchange.batch(messages)
    }

    /// Nothing is there that is not; nothing is missing that was told before, or is our own doing.
    private func check(_ seen: Picture, against truth: Picture, knowing: Picture?, seed: UInt64) {
        for (key, endpoints) in seen {
            #expect(
                truth[key]?.isSuperset(of: endpoints) == true,
                "seed \(seed): \(key) is made up"
            )
        }
        for (key, endpoints) in knowing ?? [:] {
            guard let there = truth[key] else { continue }
            #expect(seen[key] != nil, "seed \(seed): \(key) is told gone")
            let missing = endpoints.intersection(there).subtracting(seen[key] ?? [])
            #expect(missing.isEmpty, "seed \(seed): \(missing) of \(key) are told gone")
        }
    }
}
