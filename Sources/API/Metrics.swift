package import Core

/// A snapshot as metrics: a pure function of what every other reader sees, so that a graph cannot
/// tell another story than `penstock status`.
package struct Metrics: Sendable {
    let snapshot: Snapshot

    /// The loops of the daemon, which no snapshot shows.
    let loops: [LoopPulse]
    /// Nor these.
    private let vitals: Vitals
    private let requests: RequestTally

    /// The metrics of `snapshot`, of the daemon's loops and process, and of the requests so far.
    package init(
        _ snapshot: Snapshot,
        loops: [LoopPulse] = [],
        vitals: Vitals = Vitals(),
        requests: RequestTally = RequestTally()
    ) {
        self.snapshot = snapshot
        self.loops = loops
        self.vitals = vitals
        self.requests = requests
    }

    /// The page, in Prometheus' text format 0.0.4.
    package var text: String {
        var page = MetricsText()
        addNode(to: &page)
        addConfig(to: &page)
        addVIPs(to: &page)
        addServices(to: &page)
        addBackends(to: &page)
        addBGP(to: &page)
        addIPVS(to: &page)
        addProbes(to: &page)
        addCounts(to: &page)
        requests.add(to: &page)
        vitals.add(to: &page)
        return page.text
    }
}

// MARK: - The director

extension Metrics {
    private func addNode(to page: inout MetricsText) {
        let node = snapshot.node
        page.add(
            "penstock_build_info",
            "What runs, and the Swift that it was built with; 1.",
            [.init([.init("version", Release.version), .init("swift", Release.swift)], 1)]
        )
        let labels = node.labels.sorted { $0.key < $1.key }.map { MetricsText.Label($0, $1) }
        page.add(
            "penstock_node_info",
            "The director's name and its labels; 1.",
            [.init([.init("name", node.name)] + labels, 1)]
        )
        page.add(
            "penstock_node_state",
            "1 for what the director is doing, 0 for the other states.",
            NodeStatus.State.allCases.map {
                .init([.init("state", $0.rawValue)], $0 == node.state)
            }
        )
        page.add(
            "penstock_node_state_since_timestamp_seconds",
            "When the director entered its state.",
            [.init([], seconds: node.since.milliseconds)]
        )
        addBrake(node.brake, to: &page)
        let codes = snapshot.warnings.reduce(into: [:]) { $0[$1.code, default: 0] += 1 }
        page.add(
            "penstock_warnings",
            "Warnings now open, by code.",
            codes.sorted { $0.key < $1.key }.map { .init([.init("code", $0)], $1) }
        )
    }

    private func addBrake(_ brake: BrakeStatus?, to page: inout MetricsText) {
        guard let brake else { return }
        page.add(
            "penstock_brake_state",
            "1 for whether the director suspects itself, 0 for the other states.",
            ["off", "on", "spent"].map { .init([.init("state", $0)], brake.state == $0) }
        )
        page.add(
            "penstock_brake_engagements_total",
            "How often it began to hold what was up.",
            kind: .counter,
            [.init([], brake.engagements)]
        )
        page.add(
            "penstock_canary_up",
            "1 if the canary answers, 0 if not.",
            brake.canaries.compactMap { canary in
                BackendStatus.isPassing(canary.health).map {
                    .init([.init("canary", canary.name)], $0)
                }
            }
        )
    }

    private func addConfig(to page: inout MetricsText) {
        let config = snapshot.config
        page.add(
            "penstock_config_last_reload_successful",
            "1 if the last attempt to load a configuration succeeded.",
            [.init([], !config.lastReloadFailed)]
        )
        page.add(
            "penstock_config_last_reload_success_timestamp_seconds",
            "When the configuration in force took effect.",
            [.init([], seconds: config.loadedAt.milliseconds)]
        )
        page.add(
            "penstock_config_info",
            "The configuration in force, with a fingerprint of its text; 1.",
            [.init([.init("digest", config.digest), .init("file", config.file)], 1)]
        )
    }
}

// MARK: - Routes

extension Metrics {
    private func addVIPs(to page: inout MetricsText) {
        func add(_ name: String, _ help: String, _ value: (VIPStatus) -> MetricsText.Sample?) {
            page.add("penstock_vip_\(name)", help, snapshot.vips.compactMap(value))
        }
        add("info", "The VIP's prefix and family; 1.") { vip in
            let isV6 = vip.address.contains(":")
            return .init(
                [
                    .vip(vip), .init("prefix", "\(vip.address)/\(isV6 ? 128 : 32)"),
                    .init("family", isV6 ? "ipv6" : "ipv4"),
                ],
                1
            )
        }
        add("advertise_desired", "1 if health, holds and drain say advertise.") { vip in
            vip.isWanted.map { .init([.vip(vip)], $0) }
        }
        add("advertised", "1 if it is seen to be sent to at least bgp.min-peers peers.") {
            .init([.vip($0)], $0.state == .advertised)
        }
        add("advertised_peers", "Peers that hold the route, as FRR reports.") {
            .init([.vip($0)], $0.advertisedTo.count)
        }
        // Forced is what an operator keeps from being announced whatever its health; nothing yet
        // makes a VIP be announced against it.
        add("overridden", "1 while an operator has it drained alone, whatever its health.") { vip in
            let isForced = vip.drain?.sources?.contains(DrainSource.command.rawValue) == true
            return .init([.vip(vip), .init("to", "withdraw")], isForced)
        }
        add("last_transition_timestamp_seconds", "When it entered its state.") {
            .init([.vip($0)], seconds: $0.since.milliseconds)
        }
    }
}

// MARK: - The table

extension Metrics {
    private func addServices(to page: inout MetricsText) {
        let services = snapshot.vips.flatMap { vip in vip.services.map { (vip, $0) } }
        func add(
            _ name: String,
            _ help: String,
            _ value: (ServiceStatus, [MetricsText.Label]) -> MetricsText.Sample?
        ) {
            page.add(
                "penstock_service_\(name)",
                help,
                services.compactMap { value($1, [.vip($0), .service($1)]) }
            )
        }
        add("up", "1 if at or above its quorum, 0 if below.") { service, labels in
            service.state == "unknown" ? nil : .init(labels, service.state == "up")
        }
        add("weight_healthy", "Weight of its ready backends that are up.") {
            .init($1, $0.liveWeight)
        }
        add("weight_configured", "Weight of its ready backends.") {
            .init($1, $0.configuredWeight)
        }
        add("weight_quorum", "Weight that must live, where the quorum is one of weight.") {
            $0.quorumServers == nil ? .init($1, $0.neededWeight) : nil
        }
        add("servers_healthy", "Its ready backends that are up, where the quorum counts them.") {
            service,
            labels in
            service.quorumServers.map { .init(labels, $0.live) }
        }
        add("servers_quorum", "Backends that must live, where the quorum counts them.") {
            service,
            labels in
            service.quorumServers.map { .init(labels, $0.needed) }
        }
        add("panic", "Backends that fail and have their weight back, because too few live.") {
            service,
            labels in
            service.minHealthy.map { .init(labels, $0.broughtBack) }
        }
        page.add(
            "penstock_service_backends",
            "Backends by what they are: taken out on purpose, or else what agents and checks say.",
            services.flatMap { vip, service in
                BackendStatus.standings.map { standing in
                    .init(
                        [.vip(vip), .service(service), .init("state", standing)],
                        service.backends.count { $0.standing == standing }
                    )
                }
            }
        )
        for counter in Counter.all {
            page.add(
                "penstock_ipvs_service_\(counter.name)_total",
                counter.help,
                kind: .counter,
                services.compactMap { vip, service in
                    service.traffic.map {
                        .init([.vip(vip), .service(service)], $0[keyPath: counter.path])
                    }
                }
            )
        }
        // The digest is a label because it is a name and not a quantity: two directors disagree
        // where count by (vip, service) (count by (vip, service, digest) (...)) exceeds 1.
        add("table_info", "What the lookup table of an mh service says; 1.") { service, labels in
            service.table?.digest.map { .init(labels + [.init("digest", $0)], 1) }
        }
    }

    /// A number that the kernel counts up.
    struct Counter {
        let name: String
        let help: String
        let path: any KeyPath<TrafficCounters, UInt64> & Sendable

        static let all = [
            Counter(
                name: "connections",
                help: "Connections scheduled, as the kernel counts them.",
                path: \.connections
            ),
            Counter(
                name: "incoming_packets",
                help: "Packets from clients, as the kernel counts them.",
                path: \.inPackets
            ),
            Counter(
                name: "incoming_bytes",
                help: "Bytes from clients, as the kernel counts them.",
                path: \.inBytes
            ),
            Counter(
                name: "outgoing_packets",
                help: "Packets to clients that came through this director: none in dr and tun.",
                path: \.outPackets
            ),
            Counter(
                name: "outgoing_bytes",
                help: "Bytes to clients that came through this director: none in dr and tun.",
                path: \.outBytes
            ),
        ]
        /// How many of them real servers have: a series of nothing but 0 for each is dear.
        static let ofBackends = 3
    }

    private func addIPVS(to page: inout MetricsText) {
        let ipvs = snapshot.ipvs
        page.add(
            "penstock_ipvs_up",
            "1 if the kernel's table can be seen.",
            ipvs.visibility.samples
        )
        guard ipvs.visibility.state == "seen" else { return }
        page.add(
            "penstock_ipvs_services",
            "Services of ours in the kernel.",
            [.init([], ipvs.services)]
        )
        page.add(
            "penstock_ipvs_destinations",
            "Destinations of our services in the kernel.",
            [.init([], ipvs.destinations)]
        )
        page.add(
            "penstock_ipvs_in_step",
            "1 if nothing is known that should be changed in the table.",
            [.init([], ipvs.inStep)]
        )
        if let paths = ipvs.checkPaths { paths.add(to: &page) }
    }
}

extension MetricsText.Label {
    static func vip(_ vip: VIPStatus) -> Self { Self("vip", vip.name) }
    static func service(_ service: ServiceStatus) -> Self {
        Self("service", service.name)
    }
}

extension VisibilityStatus {
    /// 1 or 0; nothing before the first look.
    var samples: [MetricsText.Sample] {
        state == "unseen" ? [] : [.init([], state == "seen")]
    }
}
