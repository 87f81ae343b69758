import Net

// The picture for people and programs; nothing here decides anything.

extension Director {
    /// What a snapshot needs and the director does not know.
    package struct Frame: Sendable {
        /// The monotonic time and the civil time of the same moment.
        package var now: Moment
        package var takenAt: Timestamp
        /// The configuration in force.
        package var config: ConfigStatus
        /// Whether the table is only kept in memory.
        package var isTableInMemory: Bool

        /// A frame of these parts.
        package init(
            now: Moment,
            takenAt: Timestamp,
            config: ConfigStatus,
            isTableInMemory: Bool = false
        ) {
            self.now = now
            self.takenAt = takenAt
            self.config = config
            self.isTableInMemory = isTableInMemory
        }

        /// The civil time of `moment`.
        func time(of moment: Moment) -> Timestamp { takenAt - (now - moment) }
    }

    /// The director as it is now.
    package func snapshot(_ frame: Frame) -> Snapshot {
        let vips = tracks.sorted { left, right in
            // Addresses that are being let go come last.
            (left.value.vip == nil ? 1 : 0, left.value.name(left.key), left.key)
                < (right.value.vip == nil ? 1 : 0, right.value.name(right.key), right.key)
        }
        .map { status(of: $0.value, at: $0.key, frame) }
        return Snapshot(
            takenAt: frame.takenAt,
            node: nodeStatus(frame),
            config: frame.config,
            frr: frrStatus(frame),
            ipvs: ipvsStatus(frame),
            link: linkStatus,
            vips: vips,
            warnings: warnings(vips, frame) + stoppedHandovers,
            overrides: overrideStatuses(frame),
            keptDrains: keptDrainStatuses(),
            routeChanges: routeChangeStatus(frame.now),
            counts: counts,
            unsettled: Dictionary(
                planes.map { ($0.key.plane.rawValue, $0.value.unsettled.count) },
                uniquingKeysWith: +
            ),
            probeWorker: probeWorkerStatus(frame)
        )
    }

    private func nodeStatus(_ frame: Frame) -> NodeStatus {
        let state: NodeStatus.State =
            switch node {
            case .active: isSettledIn ? .active : .starting
            case .draining: .draining
            case .drained: .drained
            }
        return NodeStatus(
            name: intent.node.name,
            labels: intent.node.labels,
            state: state,
            since: frame.time(of: nodeSince),
            drain: drainStatus(frame),
            brake: brakeStatus(frame)
        )
    }

    private func ipvsStatus(_ frame: Frame) -> IPVSStatus {
        let services = tracks.values.flatMap { $0.sight.slice.services.values }
        return IPVSStatus(
            visibility: visibility(of: .ipvs),
            services: services.count,
            destinations: services.reduce(0) { $0 + $1.destinations.count },
            foreignServices: foreignServices.count,
            foreign: Array(foreignServices.prefix(IPVSStatus.mostForeign)),
            checkPaths: checkPathsStatus,
            inStep: planes[.ipvs].map {
                $0.unsettled.isEmpty && probePaths.isSettled && $0.visibility == .seen
            } ?? false,
            inMemory: frame.isTableInMemory
        )
    }

    private var linkStatus: LinkStatus {
        LinkStatus(
            visibility: visibility(of: .link),
            interface: intent.ipvs.interface,
            foreignAddresses: link.addresses.filter { !isOurs(Prefix(host: $0)) }.sorted()
                .map(\.description),
            settings: settings.map {
                SettingStatus(
                    name: $0.name,
                    actual: $0.actual,
                    wanted: $0.wanted,
                    right: $0.isRight,
                    reason: $0.reason
                )
            }
        )
    }

    func visibility(of plane: PlaneName) -> VisibilityStatus {
        VisibilityStatus(visibility(of: plane))
    }

    /// What is wrong now: planes first, then VIPs, then kernel settings.
    private func warnings(_ vips: [VIPStatus], _ frame: Frame) -> [WarningStatus] {
        var warnings =
            brakeWarnings(at: frame.now) + pulseWarnings(at: frame.now)
            + probeWorkerWarnings(at: frame.now)
        func warn(_ fault: Fault, vip: String? = nil) {
            warnings.append(WarningStatus(fault, vip: vip))
        }
        for speaker in intent.bgp.speakers {
            if case .blind(let fault) = visibility(ofSpeaker: speaker.name) { warn(fault) }
        }
        for post in [Post.ipvs, .link] {
            if case .blind(let fault)? = planes[post]?.visibility { warn(fault) }
        }
        for speaker in intent.bgp.speakers {
            if let refusal = speakers[speaker.name]?.facts.refusal { warn(refusal) }
        }
        warnings += pathWarnings
        if frame.isTableInMemory { warn(.tableInMemory) }
        if frame.config.lastReloadFailed { warn(.reloadFailed(frame.config.file)) }
        for speaker in intent.bgp.speakers {
            guard let state = speakers[speaker.name],
                visibility(ofSpeaker: speaker.name) == .seen
            else { continue }
            guard !speaker.isFormer else {
                let left = state.facts.announced.keys.count { isOurs($0) }
                if left > 0 { warn(.stillAnnounces(speaker, left)) }
                continue
            }
            guard state.facts.establishedPeers < intent.bgp.minimumPeers
            else { continue }
            warn(.tooFewPeers(state.facts.establishedPeers, of: state.facts.peers.count))
        }
        warnings += contentionWarnings(at: frame.now) + loadWarnings + heldWarnings
        // What has a warning of its own, or was ordered, is not told twice.
        let told = [
            Reason.drained("").code, Reason.vipDrained("").code,
            Reason.contested(remaining: .zero).code,
        ]
        for vip in vips {
            if let reason = vip.reason, !told.contains(reason.code) {
                warnings.append(
                    WarningStatus(
                        code: reason.code,
                        vip: vip.name,
                        text: reason.text,
                        fix: reason.fix
                    )
                )
            }
        }
        warnings += panicWarnings()
        warnings += lostServers(vips)
        for (address, track) in tracks.sorted(by: { $0.key < $1.key }) {
            let faults = Set(track.holds.values.map(\.fault))
            for fault in faults.sorted(by: { "\($0)" < "\($1)" }) {
                warn(fault, vip: track.name(address))
            }
        }
        for setting in settings where !setting.isRight {
            warn(.wrongSetting(setting))
        }
        return warnings
    }
}

extension Director {
    /// The most real servers that are named as lost; beyond that a count says enough.
    static let lostServersNamed = 20

    /// The ready real servers that are down, with what their check said.
    private func lostServers(_ vips: [VIPStatus]) -> [WarningStatus] {
        let lost = vips.flatMap { vip in
            vip.services.flatMap { service in
                service.backends
                    .filter { $0.admin == Backend.AdminState.ready.rawValue && $0.health == "down" }
                    .map { (vip.name, "\(service.name) \($0.endpoint) is down: \($0.check)") }
            }
        }
        var warnings = lost.prefix(Self.lostServersNamed).map { vip, text in
            WarningStatus(code: "server-down", vip: vip, text: text, fix: "")
        }
        let more = lost.count - warnings.count
        if more > 0 {
            warnings.append(
                WarningStatus(
                    code: "server-down",
                    vip: nil,
                    text: "\(more) more real servers are down",
                    fix: "penstock status --json"
                )
            )
        }
        return warnings
    }
}

extension Fault {
    static let tableInMemory = Fault(
        code: "K310",
        summary: "IPVS is only kept in memory: nothing is forwarded",
        because: "started with --ipvs memory, for a trial",
        fix: "start without --ipvs memory on a kernel that has ip_vs"
    )

    static func reloadFailed(_ file: String) -> Fault {
        Fault(
            code: "C300",
            summary: "the last reload failed; the configuration before it is in force",
            because: file,
            fix: "penstock check \(file)"
        )
    }

    static func tooFewPeers(_ established: Int, of peers: Int) -> Fault {
        Fault(
            code: "F110",
            summary: "bgpd has \(established) of \(peers) peers established",
            because: peers == 0 ? "no neighbor is configured" : "too few for bgp.min-peers",
            fix: "vtysh -c 'show bgp summary'"
        )
    }

    static func stillAnnounces(_ speaker: Speaker, _ count: Int) -> Fault {
        Fault(
            code: "D449",
            summary: "\(count) of our routes are still at the speaker `\(speaker.name)`, which has "
                + "left the configuration",
            because: "bgpd behind \(speaker.vtySocket)" + (speaker.vrf.map { ", VRF \($0)" } ?? ""),
            fix: "none while it can be written to: each goes when its VIP is announced elsewhere, "
                + "or need not be"
        )
    }

    static func wrongSetting(_ setting: SettingReading) -> Fault {
        Fault(
            code: "K306",
            summary:
                "\(setting.name) is \(setting.actual ?? "absent"), should be \(setting.wanted)",
            because: setting.reason,
            fix: "set ipvs.sysctl: apply, or sysctl -w \(setting.name)=\(setting.wanted)"
        )
    }
}
