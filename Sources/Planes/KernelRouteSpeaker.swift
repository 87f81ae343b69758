import Core
import FRR
import Link
import Logging
import Net

/// A speaker whose VIPs are announced by kernel routes that its own configuration redistributes.
///
/// An announcement is a route with the metric of its level, and a withdrawal the end of it; what
/// counts is the same as for any speaker: what bgpd sends to each peer. Nothing is written to bgpd
/// but the end of statements of ours that are left from another method.
actor KernelRouteSpeaker: SpeakerPlane {
    /// What is beside the daemons, so that a test can play it.
    struct Kernel: Sendable {
        /// The routes with our number.
        var routes: HostRoutes
        /// The link that has the addresses.
        var link: DirectorLink
        /// The routes of ours that have a former number.
        var leftovers: KernelRouteLeftovers
        /// Subscribes to word of changed routes with our number.
        var changes: @Sendable () throws(LinkError) -> AsyncStream<Void>
        /// What time it is.
        var now: @Sendable () -> ContinuousClock.Instant = { .now }
        /// Waits before the next subscription; throws when the task is cancelled.
        var pause: @Sendable () async throws -> Void = {
            try await Task.sleep(for: LinkPlane.pauseBetweenSubscriptions)
        }
    }

    private let speaker: Speaker
    private let policy: KernelRoutePolicy
    private let owned: [Prefix]
    private let kernel: Kernel
    private let bgpd: any RoutingDaemon
    private let zebra: any RoutingTable
    private let watch: BGPWatch
    private let logger: Logger
    private var memory = KernelRouteMemory()

    init(
        _ speaker: Speaker,
        policy: BGPPolicy,
        kernel: Kernel,
        bgpd: any RoutingDaemon,
        zebra: any RoutingTable,
        logger: Logger
    ) {
        self.speaker = speaker
        self.policy = policy.kernelRoute
        owned = policy.watchedPrefixes
        self.kernel = kernel
        self.bgpd = bgpd
        self.zebra = zebra
        watch = BGPWatch(bgpd, owned: policy.watchedPrefixes, now: kernel.now)
        self.logger = logger
    }

    // MARK: Looking

    func observe() async throws(Fault) -> BGPFacts {
        var sight = try await look()
        let now = kernel.now()
        memory.see(sight.routes.keys, level: { sight.level(of: $0) }, now: now)
        var facts = BGPFacts(sight.seen, asn: speaker.asn)
        // Its configuration does not matter: what announces is not in it.
        facts.incarnation = await watch.connection ?? 0
        facts.foreignNetworks =
            (sight.seen.instance?.networks.count ?? 0) - sight.statements.count
        let unsent = sight.unsent
        var answers: [IPAddress: Result<[ZebraRoute], ZebraError>] = [:]
        for address in unsent { answers[address] = await ask(of: address) }
        sight.unnoticed = Set(
            unsent.filter { address in
                // Only what has been there for a while: zebra may not have got to the others.
                guard case .success(let found)? = answers[address] else { return false }
                return memory.isOld(address, now: now)
                    && !found.contains { $0.isOurs(policy) }
            }
        )
        memory.see(unnoticed: sight.unnoticed, statements: Set(sight.statements.keys))
        facts.announced = sight.announced
        facts.sentForms = await sentForms(in: sight, now: now)
        for address in unsent {
            let view = KernelRouteView(
                sight: sight,
                address: address,
                zebra: answers[address],
                route: await route(to: address)
            )
            facts.obstacles[Prefix(host: address)] = view.fault
            facts.evidence[Prefix(host: address)] = view.evidence
        }
        for address in sight.stale.prefix(VTYLimits.explainedRoutes) {
            let view = KernelRouteView(sight: sight, address: address)
            facts.obstacles[Prefix(host: address)] = view.fault
            facts.evidence[Prefix(host: address)] = view.evidence
        }
        return facts
    }

    func forget() async { await watch.forget() }

    func evidence(of address: IPAddress) async -> [PathEvidence] {
        let delivery = await PathEvidence.delivery(of: address, on: kernel.link)
        do {
            return [delivery]
                + KernelRouteView(
                    sight: try await look(afresh: true),
                    address: address,
                    zebra: await ask(of: address),
                    route: await route(to: address)
                ).evidence
        } catch {
            return [delivery, PathEvidence(place: "bgpd", isGood: false, text: "\(error)")]
        }
    }

    private func look(afresh: Bool = false) async throws(Fault) -> KernelRouteSight {
        let routes: [IPAddress: Set<UInt32>]
        let numbered: Set<IPAddress>
        let left: Set<IPAddress>
        do throws(LinkError) {
            routes = try await kernel.routes.observe()
            left = try await kernel.leftovers.observe()
            let sight = try await kernel.link.observe()
            numbered = (sight?.addresses ?? []).subtracting(sight?.routed ?? [])
        } catch {
            throw Fault(error)
        }
        do throws(FRRError) {
            return KernelRouteSight(
                policy: policy,
                owned: owned,
                routes: routes,
                numbered: numbered,
                left: left,
                seen: afresh ? try await watch.observeAfresh() : try await watch.observe()
            )
        } catch {
            throw Fault(error)
        }
    }

    /// Which peers are known to have been sent which level.
    ///
    /// zebra is asked once for all, and only while something is soft: a level that it has not
    /// selected is not sent. If it cannot be asked, the kernel's word has to do.
    private func sentForms(
        in sight: KernelRouteSight,
        now: ContinuousClock.Instant
    ) async -> [Prefix: [String: Announcement]] {
        var levels: [IPAddress: Announcement.Level] = [:]
        for address in sight.routes.keys {
            levels[address] = memory.settledLevel(of: address, now: now)
        }
        let soft = levels.filter { $0.value == .soft }.map(\.key)
        for family in Set(soft.map(\.family)) {
            do throws(ZebraError) {
                let table = try await zebra.kernelRoutes(family)
                for address in soft where address.family == family {
                    let selected = table[Prefix(host: address)]?.first(where: \.isSelected)
                    let metric = policy.softMetric & ZebraRoute.metricBits
                    if selected?.metric != metric { levels[address] = nil }
                }
            } catch {
                continue
            }
        }
        var forms: [Prefix: [String: Announcement]] = [:]
        for (address, level) in levels {
            let peers = sight.seen.confirmed(address).map { ($0.description, Announcement(level)) }
            guard !peers.isEmpty else { continue }
            forms[Prefix(host: address)] = Dictionary(uniqueKeysWithValues: peers)
        }
        return forms
    }

    private func ask(of address: IPAddress) async -> Result<[ZebraRoute], ZebraError> {
        do throws(ZebraError) {
            return .success(try await zebra.routes(to: Prefix(host: address)))
        } catch {
            return .failure(error)
        }
    }

    /// What bgpd's table has; `nil` when it cannot be asked now, which the next look says.
    private func route(to address: IPAddress) async -> BGPRoute? {
        do throws(FRRError) {
            return try await bgpd.route(Prefix(host: address))
        } catch {
            logger.debug("no route from bgpd", metadata: ["reason": "\(error.summary)"])
            return nil
        }
    }

    // MARK: Changing

    func apply(_ changes: [Change]) async -> [Result<Void, Fault>] {
        await watch.forget()
        var wanted: [IPAddress: UInt32] = [:]
        var unwanted: Set<IPAddress> = []
        for change in changes {
            switch change {
            case .announce(let address, let form, _):
                wanted[address] = KernelRouteSight.metric(of: form.level, policy)
            case .withdraw(let address, _): unwanted.insert(address)
            // Our route-maps are for statements, of which there are none.
            case .discard: continue
            default: preconditionFailure("a change of another plane reached zebra: \(change)")
            }
        }
        var failures: [IPAddress: Fault] = [:]
        do throws(LinkError) {
            failures = try await move(to: wanted, removing: unwanted).mapValues { Fault($0) }
        } catch {
            for address in unwanted.union(wanted.keys) { failures[address] = Fault(error) }
        }
        // In this order, so that no peer loses an address that changes its method.
        let done = unwanted.union(wanted.keys).filter { failures[$0] == nil }
        failures.merge(await removeStatements(of: done)) { first, _ in first }
        return changes.map { change in
            guard let fault = change.address.flatMap({ failures[$0] }) else { return .success(()) }
            return .failure(fault)
        }
    }

    private func move(
        to wanted: [IPAddress: UInt32],
        removing unwanted: Set<IPAddress>
    ) async throws(LinkError) -> [IPAddress: LinkError] {
        var failures = try await kernel.routes.apply([:], removing: unwanted)
        memory.forget(unwanted)
        // One of another number with the metric of ours is in its way.
        let old = try await kernel.leftovers.remove(unwanted.union(wanted.keys))
        failures.merge(old) { first, _ in first }
        let moved = try await kernel.link.deliverByRoute(Set(wanted.keys))
        for (address, error) in moved { failures[address] = error }
        // zebra does not look again at a route that came while the address was in its way.
        let anew = Set(moved.keys).union(memory.unnoticed).intersection(wanted.keys)
        failures.merge(try await kernel.routes.apply([:], removing: anew)) { first, _ in first }
        memory.forget(anew)
        let possible = wanted.filter { failures[$0.key] == nil }
        failures.merge(try await kernel.routes.apply(possible)) { first, _ in first }
        return failures
    }

    /// Ends the statements that these addresses were seen to have.
    private func removeStatements(of addresses: Set<IPAddress>) async -> [IPAddress: Fault] {
        let left = addresses.intersection(memory.statements)
        guard !left.isEmpty else { return [:] }
        do throws(FRRError) {
            var failures: [IPAddress: Fault] = [:]
            let outcomes = try await bgpd.apply(BGPBatch(withdraw: left, announce: []))
            for (statement, outcome) in outcomes {
                if case .refused(let error) = outcome { failures[statement.address] = Fault(error) }
            }
            return failures
        } catch {
            return Dictionary(uniqueKeysWithValues: left.map { ($0, Fault(error)) })
        }
    }

    nonisolated func watch(reporting report: @escaping @Sendable () -> Void) async {
        await withDiscardingTaskGroup { group in
            group.addTask { [bgpd, watch] in
                await bgpd.keep { _ in
                    await watch.forget()
                    report()
                }
            }
            group.addTask { [kernel, logger] in
                var isTold = false
                // Ends with its task: whatever ends a subscription, the next begins after a pause.
                while !Task.isCancelled {
                    do throws(LinkError) {
                        let changes = try kernel.changes()
                        isTold = false
                        report()
                        for await _ in changes { report() }
                    } catch {
                        // Once for each time that it fails, not once for each attempt.
                        if !isTold {
                            logger.warning(
                                "changes of kernel routes are only found by looking",
                                metadata: ["reason": "\(error)"]
                            )
                        }
                        isTold = true
                    }
                    do {
                        try await kernel.pause()
                    } catch {
                        return
                    }
                }
            }
        }
    }
}
