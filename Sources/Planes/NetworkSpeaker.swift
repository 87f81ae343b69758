import Core
import FRR
import Link
import Net

/// A speaker whose VIPs are `network` statements, with the route-maps that their attributes need.
struct NetworkSpeaker: SpeakerPlane {
    private let speaker: Speaker
    private let owned: [Prefix]
    private let bgpd: any RoutingDaemon
    private let zebra: any RoutingTable
    private let link: DirectorLink?
    private let leftovers: KernelRouteLeftovers?
    private let watch: BGPWatch
    private let forms = FormMemory()
    private let now: @Sendable () -> ContinuousClock.Instant

    /// The speaker of this bgpd; `link` is the one with the VIPs, which evidence begins at, and
    /// `leftovers` are announced, too, until they are replaced.
    init(
        _ speaker: Speaker,
        owned: [Prefix],
        bgpd: any RoutingDaemon,
        zebra: any RoutingTable,
        link: DirectorLink? = nil,
        leftovers: KernelRouteLeftovers? = nil,
        now: @escaping @Sendable () -> ContinuousClock.Instant = { .now }
    ) {
        self.speaker = speaker
        self.owned = owned
        self.bgpd = bgpd
        self.zebra = zebra
        self.link = link
        self.leftovers = leftovers
        self.now = now
        watch = BGPWatch(bgpd, owned: owned, now: now)
    }

    func observe() async throws(Fault) -> BGPFacts {
        let seen = try await look()
        var facts = BGPFacts(seen, asn: speaker.asn)
        facts.incarnation = await watch.connection ?? 0
        facts.digest = seen.digest
        let ours = seen.networks(within: owned).keys
        facts.foreignNetworks = (seen.instance?.networks.count ?? 0) - ours.count
        var forms: [IPAddress: Announcement] = [:]
        for address in ours {
            forms[address] = seen.announced(address).map(Announcement.init)
        }
        let ages = seen.advertisementLag.isEmpty ? [:] : await self.forms.see(forms, now: now())
        for (address, form) in forms {
            let prefix = Prefix(host: address)
            facts.announced[prefix] = form
            let peers = seen.confirmed(address).filter { peer in
                guard let lag = seen.advertisementLag[peer] else { return true }
                return (ages[address] ?? .zero) >= lag
            }
            if !peers.isEmpty {
                facts.sentForms[prefix] = Dictionary(
                    uniqueKeysWithValues: peers.map { ($0.description, form) }
                )
            }
        }
        for address in try await left() {
            facts.announced[Prefix(host: address)] = Announcement(foreignForm: "a kernel route")
        }
        for (address, obstacles) in seen.obstacles {
            let prefix = Prefix(host: address)
            facts.obstacles[prefix] = obstacles.first.map { Fault($0, to: prefix) }
        }
        for address in seen.obstacles.keys.sorted().prefix(VTYLimits.explainedRoutes) {
            facts.evidence[Prefix(host: address)] = await path(of: address, in: seen)
        }
        return facts
    }

    private func look() async throws(Fault) -> BGPObservation {
        do throws(FRRError) {
            return try await watch.observe()
        } catch {
            throw Fault(error)
        }
    }

    /// The addresses that kernel routes of ours announce from when that was the method.
    private func left() async throws(Fault) -> Set<IPAddress> {
        do throws(LinkError) {
            return try await leftovers?.observe() ?? []
        } catch {
            throw Fault(error)
        }
    }

    func apply(_ changes: [Change]) async -> [Result<Void, Fault>] {
        let latest = await watch.latest
        await watch.forget()
        await forms.forget(changes.compactMap(\.address))
        var announce: [BGPAnnouncement] = []
        var withdraw: [IPAddress] = []
        var discard: [RouteMapName] = []
        for change in changes {
            switch change {
            case .announce(let address, let form, _):
                announce.append(BGPAnnouncement(address, RoutePolicy(form), asn: speaker.asn))
            case .withdraw(let address, _): withdraw.append(address)
            case .discard(let name, _):
                do {
                    discard.append(try RouteMapName(parsing: name))
                } catch {
                    preconditionFailure("a name that bgpd gave is no name: \(name)")
                }
            default: preconditionFailure("a change of another plane reached bgpd: \(change)")
            }
        }
        // What answers on another connection may be another process, half way through its
        // configuration: it is looked at before anything new is announced by it.
        let isSame = await watch.isSame()
        if !isSame { announce = [] }
        // One that somebody has changed is made anew: its name would otherwise lie.
        let remake = (latest?.ownedRouteMaps ?? [:]).filter { !$0.value.isIntact }.keys
        let batch = BGPBatch(withdraw: withdraw, announce: announce, remake: Set(remake))
        var outcomes: [IPAddress: BGPBatch.Outcome] = [:]
        var discarded: [RouteMapName: BGPBatch.Outcome] = [:]
        do throws(FRRError) {
            if !batch.statements.isEmpty {
                for (statement, outcome) in try await bgpd.apply(batch) {
                    outcomes[statement.address] = outcome
                }
            }
            if !discard.isEmpty { discarded = try await bgpd.discard(discard) }
        } catch {
            // Some of it may have been carried out: every change is unknown, and read back.
            return changes.map { _ in .failure(Fault(error)) }
        }
        let failures = await endKernelRoutes(
            announced: announce.map(\.address).filter { outcomes[$0]?.isGood == true },
            withdrawn: withdraw.filter { outcomes[$0]?.isGood == true }
        )
        return changes.map { change in
            if case .discard(let name, _) = change {
                return result(of: discarded.first { $0.key.description == name }?.value)
            }
            if !isSame, case .announce = change { return .failure(.connectedAnew) }
            if let fault = change.address.flatMap({ failures[$0] }) { return .failure(fault) }
            return result(of: change.address.flatMap { outcomes[$0] })
        }
    }

    /// What announced these before they had a statement, or none, is over now.
    ///
    /// In this order, so that no peer loses an address that changes its method.
    private func endKernelRoutes(
        announced: [IPAddress],
        withdrawn: [IPAddress]
    ) async -> [IPAddress: Fault] {
        guard let leftovers else { return [:] }
        do throws(LinkError) {
            let left = try await leftovers.observe()
            var failures = try await leftovers.replace(left.intersection(announced))
            failures.merge(try await leftovers.remove(left.intersection(withdrawn))) { $1 }
            return failures.mapValues { Fault($0) }
        } catch {
            let fault = Fault(error)
            return Dictionary((announced + withdrawn).map { ($0, fault) }) { first, _ in first }
        }
    }

    func watch(reporting report: @escaping @Sendable () -> Void) async {
        await bgpd.keep { [watch] _ in
            await watch.forget()
            report()
        }
    }

    func forget() async { await watch.forget() }

    func evidence(of address: IPAddress) async -> [PathEvidence] {
        let below = PathBelow(address: address, link: link, zebra: zebra)
        var rows = await below.kernel
        do {
            let seen = try await watch.observeAfresh()
            let checksImport = seen.instance?.checksImport == true
            rows.append(await below.zebraSays(isChecked: checksImport))
            let route = try await bgpd.route(Prefix(host: address))
            return rows + above(address, in: seen, route: route)
        } catch {
            // zebra may answer all the same.
            if rows.last?.place != "zebra" { rows.append(await below.zebraSays(isChecked: false)) }
            return rows + [PathEvidence(place: "bgpd", isGood: false, text: "\(Fault(error))")]
        }
    }

    private func result(of outcome: BGPBatch.Outcome?) -> Result<Void, Fault> {
        switch outcome {
        case .accepted, .alreadyAbsent: .success(())
        case .refused(let error): .failure(Fault(error))
        case nil:
            .failure(
                Fault(code: "F112", summary: "bgpd was not told", because: "the batch was cut")
            )
        }
    }

    /// The same from zebra on, of what a look has seen.
    private func path(of address: IPAddress, in seen: BGPObservation) async -> [PathEvidence] {
        let below = PathBelow(address: address, link: nil, zebra: zebra)
        let checked = seen.instance?.checksImport == true
        return (checked ? [await below.zebraSays(isChecked: true)] : [])
            + above(address, in: seen, route: nil)
    }

    /// What bgpd and each peer say of an address; `route` is what the table has for it, if that was
    /// looked up.
    private func above(
        _ address: IPAddress,
        in seen: BGPObservation,
        route: BGPRoute?
    ) -> [PathEvidence] {
        let prefix = Prefix(host: address)
        let statement = seen.instance?.networks[prefix]
        let form = seen.announced(address).map(Announcement.init)
        let saying = form.flatMap { $0 == Announcement() ? nil : ": \($0)" } ?? ""
        let words = statement.map { network in
            "network \(prefix)" + (network.routeMap.map { " route-map \($0)" } ?? "") + saying
        }
        var rows = [
            PathEvidence(
                place: "bgpd",
                isGood: statement != nil && form?.foreignForm == nil,
                text: words ?? "no network statement for \(prefix)"
            )
        ]
        if let route { rows.append(PathEvidence(table: route)) }
        return rows + PathEvidence.peers(of: address, as: form, in: seen, route: route)
    }
}

extension Fault {
    fileprivate static let connectedAnew = Fault(
        code: "F145",
        summary: "bgpd is connected to anew, and was not told before it has been looked at",
        fix: "none if it happens once: it is looked at at once"
    )
}

extension BGPBatch.Outcome {
    /// Whether bgpd now has what was asked for.
    fileprivate var isGood: Bool {
        switch self {
        case .accepted, .alreadyAbsent: true
        case .refused: false
        }
    }
}

extension OwnedRouteMap.State {
    fileprivate var isIntact: Bool { if case .intact = self { true } else { false } }
}
