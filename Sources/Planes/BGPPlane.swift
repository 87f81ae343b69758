package import Core
import FRR
import Link
package import Logging
package import Net

/// The routing daemons as a plane: each speaker by itself, and what counts as seen is what peers
/// are really sent.
package struct BGPPlane: RoutingPlane {
    private let speakers: [(name: Name, plane: any SpeakerPlane)]
    /// The same once more, on connections of their own: what people want to read does not make the
    /// loop wait.
    private let readers: [Name: any SpeakerPlane]
    /// Where signs of life are asked for: one that waits behind a write or a look tells nothing.
    private let pulses: [Name: BGP]

    /// The plane of the speakers that `policy` names, not connected yet; `interface` is the link
    /// that has the VIPs, for those that are announced by kernel routes.
    package init(_ policy: BGPPolicy, interface: String, logger: Logger) {
        // That it comes and goes is told by one of them.
        var silent = logger
        silent.logLevel = .critical
        func planes(_ allowances: VTYAllowances, _ logger: Logger) -> [any SpeakerPlane] {
            policy.speakers.map { speaker in
                Self.plane(of: speaker, policy, interface: interface, allowances, logger: logger)
            }
        }
        let names = policy.speakers.map(\.name)
        speakers = zip(names, planes(VTYAllowances(), logger)).map { (name: $0, plane: $1) }
        readers = Dictionary(uniqueKeysWithValues: zip(names, planes(.forPeople, silent)))
        pulses = Dictionary(
            uniqueKeysWithValues: policy.speakers.map { speaker in
                (speaker.name, BGP(asn: speaker.asn, socket: speaker.vtySocket, logger: silent))
            }
        )
    }

    init(_ speakers: [(name: Name, plane: any SpeakerPlane)]) {
        self.speakers = speakers
        readers = Dictionary(uniqueKeysWithValues: speakers.map { ($0.name, $0.plane) })
        pulses = [:]
    }

    /// Asks the bgpd of a speaker for a sign of life.
    package func ping(_ speaker: Name) async throws(Fault) {
        guard let pulse = pulses[speaker] else { throw .noSpeaker("ask \(speaker)") }
        do throws(FRRError) {
            try await pulse.ping()
        } catch {
            throw Fault(error)
        }
    }

    private static func plane(
        of speaker: Speaker,
        _ policy: BGPPolicy,
        interface: String,
        _ allowances: VTYAllowances,
        logger: Logger
    ) -> any SpeakerPlane {
        guard let link = LinkName(interface) else {
            preconditionFailure("the configuration holds only names that a link can have")
        }
        let vrf = speaker.vrf.map { text in
            do {
                return try VRFName(parsing: text)
            } catch {
                preconditionFailure("the configuration holds only names that a VRF can have")
            }
        }
        let bgpd = BGP(
            asn: speaker.asn,
            vrf: vrf,
            socket: speaker.vtySocket,
            pipelining: speaker.pipeline.window.flatMap { VTYPipelining($0) },
            allowances: allowances,
            logger: logger
        )
        let zebra = Zebra(
            socket: Zebra.socket(besides: speaker.vtySocket),
            vrf: speaker.vrf,
            allowances: allowances,
            logger: logger
        )
        let owned = policy.watchedPrefixes
        let leftovers = KernelRouteLeftovers(
            policy.numbersLeft(to: speaker).sorted().map { .live(owner: $0) },
            link: .live(link),
            owned: owned
        )
        switch speaker.method {
        case .network:
            let plane = NetworkSpeaker(
                speaker,
                owned: owned,
                bgpd: bgpd,
                zebra: zebra,
                link: .live(link),
                leftovers: leftovers
            )
            return speaker.isFormer ? FormerSpeaker(plane) : plane
        case .kernelRoute:
            let number = policy.kernelRoute.routeProtocol
            let kernel = KernelRouteSpeaker.Kernel(
                routes: .live(owner: number),
                link: .live(link),
                leftovers: leftovers,
                changes: { () throws(LinkError) in try HostRoutes.changes(owner: number) }
            )
            return KernelRouteSpeaker(
                speaker,
                policy: policy,
                kernel: kernel,
                bgpd: bgpd,
                zebra: zebra,
                logger: logger
            )
        }
    }

    /// Removes every kernel route of ours, whatever bgpd does.
    ///
    /// A bgpd that does not run would find them when it starts, and announce them.
    ///
    /// - Parameters:
    ///   - numbers: The protocol numbers that are ours.
    ///   - owned: The ranges whose host prefixes are ours.
    /// - Returns: The addresses that had one, sorted.
    /// - Throws: The kernel's first refusal, after which some may be left.
    package static func removeKernelRoutes(
        _ numbers: Set<UInt8>,
        owned: [Prefix]
    ) async throws(Fault) -> [IPAddress] {
        var removed: Set<IPAddress> = []
        do throws(LinkError) {
            for number in numbers {
                let routes = HostRoutes.live(owner: number)
                let found = Set(
                    try await routes.observe().keys.filter { address in
                        owned.contains { $0.contains(Prefix(host: address)) }
                    }
                )
                guard !found.isEmpty else { continue }
                let failures = try await routes.apply([:], removing: found)
                if let failure = failures.first?.value { throw failure }
                removed.formUnion(found)
            }
        } catch {
            throw Fault(error)
        }
        return removed.sorted()
    }

    /// Those of `numbers` that kernel routes to host prefixes inside `owned` have.
    package static func protocolsInUse(
        _ numbers: Set<UInt8>,
        owned: [Prefix]
    ) async throws(Fault) -> Set<UInt8> {
        var used: Set<UInt8> = []
        do throws(LinkError) {
            for number in numbers {
                let found = try await HostRoutes.live(owner: number).observe().keys
                let isOurs = found.contains { address in
                    owned.contains { $0.contains(Prefix(host: address)) }
                }
                if isOurs { used.insert(number) }
            }
        } catch {
            throw Fault(error)
        }
        return used
    }

    /// Looks at one speaker.
    package func observe(_ speaker: Name) async throws(Fault) -> BGPFacts {
        guard let plane = speakers.first(where: { $0.name == speaker })?.plane else {
            throw .noSpeaker("look at \(speaker)")
        }
        return try await plane.observe()
    }

    /// Looks at all speakers at once; one that cannot be seen says nothing about the others.
    package func observe() async throws(Fault) -> RoutingFacts {
        await withTaskGroup(of: Look.self) { group in
            for (name, plane) in speakers {
                group.addTask { await Look.take(at: plane, called: name) }
            }
            var facts = RoutingFacts([:])
            for await look in group { facts.speakers[look.name] = look.facts }
            return facts
        }
    }

    /// Has each speaker carry out its part, all at once.
    package func apply(_ changes: [Change]) async -> [Result<Void, Fault>] {
        let parts = Dictionary(grouping: changes.indices) { changes[$0].speaker }
        var results: [Result<Void, Fault>] = changes.map { change in
            .failure(.noSpeaker("\(change)"))
        }
        await withTaskGroup { group in
            for (name, plane) in speakers {
                guard let part = parts[name] else { continue }
                group.addTask { (part, await plane.apply(part.map { changes[$0] })) }
            }
            for await (part, found) in group {
                for (index, result) in zip(part, found) { results[index] = result }
            }
        }
        return results
    }

    /// Reports whenever a bgpd comes, goes or was written to by way of the kernel.
    package func watch(reporting report: @escaping @Sendable () -> Void) async {
        await withDiscardingTaskGroup { group in
            for (_, plane) in speakers {
                group.addTask { await plane.watch(reporting: report) }
            }
        }
    }

    /// Has every speaker read everything at its next look.
    package func forget() async {
        for (_, plane) in speakers { await plane.forget() }
    }

    /// Follows the VIP at `address` through the speaker called `name`; nothing when there is none.
    package func evidence(of address: IPAddress, by name: Name) async -> [PathEvidence] {
        await readers[name]?.evidence(of: address) ?? []
    }
}

extension VTYAllowances {
    /// What somebody at a terminal waits for; ten thousand VIPs take a second.
    fileprivate static var forPeople: VTYAllowances {
        var allowances = VTYAllowances()
        allowances.show.deadline = .seconds(5)
        return allowances
    }
}

extension Fault {
    fileprivate static func noSpeaker(_ attempt: String) -> Fault {
        Fault(
            code: "D448",
            summary: "cannot \(attempt)",
            because: "there is no speaker of that name any more",
            fix: "wait: what is wanted is worked out anew in the next round"
        )
    }
}

/// What came of a look at one speaker.
///
/// A type and a function of their own: as a tuple out of a closure, Swift 6.3.1 hands over garbage
/// in a release build.
private struct Look: Sendable {
    let name: Name
    let facts: Result<BGPFacts, Fault>

    @inline(never)
    static func take(at plane: any SpeakerPlane, called name: Name) async -> Look {
        do throws(Fault) {
            return Look(name: name, facts: .success(try await plane.observe()))
        } catch {
            return Look(name: name, facts: .failure(error))
        }
    }
}

extension BGPPolicy {
    /// The protocol numbers that only routes have which `speaker` is to put an end to: one speaker
    /// has them all, because a route does not say whose it is.
    func numbersLeft(to speaker: Speaker) -> Set<UInt8> {
        let current = kernelRoute.routeProtocol
        let former = kernelRoute.formerProtocols.subtracting([current])
        if let owner = speakers.first(where: { $0.method == .kernelRoute }) {
            return owner.name == speaker.name ? former : []
        }
        return mainSpeaker.name == speaker.name && !speaker.isFormer
            ? former.union([current]) : []
    }
}

extension Speaker.Pipeline {
    /// The number of statements that may be on their way; `nil` for what suits the daemon.
    var window: Int? { if case .window(let count) = self { count } else { nil } }
}
