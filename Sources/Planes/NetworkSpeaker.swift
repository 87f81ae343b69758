import Core
import FRR
import Net

/// A speaker whose VIPs are `network` statements, with the route-maps that their attributes need.
struct NetworkSpeaker: SpeakerPlane {
    private let speaker: Speaker
    private let owned: [Prefix]
    private let bgpd: any RoutingDaemon
    private let zebra: any RoutingTable
    private let watch: BGPWatch

    init(
        _ speaker: Speaker,
        owned: [Prefix],
        bgpd: any RoutingDaemon,
        zebra: any RoutingTable,
        now: @escaping @Sendable () -> ContinuousClock.Instant = { .now }
    ) {
        self.speaker = speaker
        self.owned = owned
        self.bgpd = bgpd
        self.zebra = zebra
        watch = BGPWatch(bgpd, owned: owned, now: now)
    }

    func observe() async throws(Fault) -> BGPFacts {
        do {
            let seen = try await watch.observe()
            var facts = BGPFacts(seen, asn: speaker.asn)
            facts.incarnation = await watch.connection ?? 0
            facts.digest = seen.digest
            let ours = seen.networks(within: owned).keys
            facts.foreignNetworks = (seen.instance?.networks.count ?? 0) - ours.count
            for address in ours {
                guard let form = seen.announced(address).map(Announcement.init) else { continue }
                let prefix = Prefix(host: address)
                facts.announced[prefix] = form
                let peers = seen.confirmed(address)
                if !peers.isEmpty {
                    facts.sentForms[prefix] = Dictionary(
                        uniqueKeysWithValues: peers.map { ($0.description, form) }
                    )
                }
            }
            for (address, obstacles) in seen.obstacles {
                let prefix = Prefix(host: address)
                facts.obstacles[prefix] = obstacles.first.map { Fault($0, to: prefix) }
            }
            for address in seen.obstacles.keys.sorted().prefix(VTYLimits.explainedRoutes) {
                facts.evidence[Prefix(host: address)] = await path(of: address, in: seen)
            }
            return facts
        } catch {
            throw Fault(error)
        }
    }

    func apply(_ changes: [Change]) async -> [Result<Void, Fault>] {
        let latest = await watch.latest
        await watch.forget()
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
        do throws(FRRError) {
            if !batch.statements.isEmpty {
                for (statement, outcome) in try await bgpd.apply(batch) {
                    outcomes[statement.address] = outcome
                }
            }
            let discarded = discard.isEmpty ? [:] : try await bgpd.discard(discard)
            return changes.map { change in
                if case .discard(let name, _) = change {
                    return result(of: discarded.first { $0.key.description == name }?.value)
                }
                if !isSame, case .announce = change { return .failure(.connectedAnew) }
                return result(of: change.address.flatMap { outcomes[$0] })
            }
        } catch {
            // Some of it may have been carried out: every change is unknown, and read back.
            return changes.map { _ in .failure(Fault(error)) }
        }
    }

    func watch(reporting report: @escaping @Sendable () -> Void) async {
        await bgpd.keep { [watch] _ in
            await watch.forget()
            report()
        }
    }

    func evidence(of address: IPAddress) async -> [PathEvidence] {
        do {
            return await path(of: address, in: try await watch.observe())
        } catch {
            return [PathEvidence(place: "bgpd", isGood: false, text: error.summary)]
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

    /// What zebra, bgpd and each peer say of an address.
    private func path(of address: IPAddress, in seen: BGPObservation) async -> [PathEvidence] {
        let prefix = Prefix(host: address)
        var rows: [PathEvidence] = []
        let statement = seen.instance?.networks[prefix]
        if seen.instance?.checksImport == true {
            rows.append(await importCheck(of: address))
        }
        rows.append(
            PathEvidence(
                place: "bgpd",
                isGood: statement != nil,
                text: statement.map { network in
                    "network \(prefix)" + (network.routeMap.map { " route-map \($0)" } ?? "")
                } ?? "no network statement for \(prefix)"
            )
        )
        return rows + PathEvidence.peers(of: address, in: seen)
    }

    /// What an import check would be told, and why.
    private func importCheck(of address: IPAddress) async -> PathEvidence {
        do throws(ZebraError) {
            let tracking = try await zebra.tracking(of: address)
            let routes = try await zebra.routes(to: Prefix(host: address))
            let selected = routes.first(where: \.isSelected)
            let found = selected.map { "zebra has selected \($0)" } ?? "zebra has no route to it"
            return switch tracking {
            case .unknown: PathEvidence(place: "zebra", isGood: nil, text: found)
            case .unresolved:
                PathEvidence(place: "zebra", isGood: false, text: "import check: no; \(found)")
            case .resolved(let source):
                PathEvidence(
                    place: "zebra",
                    isGood: source != "bgp",
                    text: "import check: by \(source); \(found)"
                )
            }
        } catch {
            return PathEvidence(place: "zebra", isGood: nil, text: "\(error)")
        }
    }
}

extension Fault {
    fileprivate static let connectedAnew = Fault(
        code: "F145",
        summary: "bgpd is connected to anew, and was not told before it has been looked at",
        fix: "none if it happens once: it is looked at at once"
    )
}

extension OwnedRouteMap.State {
    fileprivate var isIntact: Bool { if case .intact = self { true } else { false } }
}

extension PathEvidence {
    /// What each peer is sent of an address, and whether that is known to be what stands now.
    static func peers(of address: IPAddress, in seen: BGPObservation) -> [PathEvidence] {
        let sent = seen.sent[address] ?? []
        let confirmed = seen.confirmed(address)
        return seen.peers.keys.sorted().map { name in
            guard sent.contains(name) else {
                let state = seen.peers[name].map { $0.isEstablished ? "" : " (\($0.state))" } ?? ""
                return PathEvidence(
                    place: "peer \(name)",
                    isGood: false,
                    text: "is not sent it\(state)"
                )
            }
            let text = confirmed.contains(name) ? "is sent it" : "is sent it, perhaps as it was"
            return PathEvidence(place: "peer \(name)", isGood: true, text: text)
        }
    }
}
