internal import Core

// Real servers: each is a handful of series, so what can be told of a check is told of that.

extension Metrics {
    private typealias Entry = (backend: BackendStatus, labels: [MetricsText.Label])

    func addBackends(to page: inout MetricsText) {
        let backends = snapshot.vips.flatMap { vip in
            vip.services.flatMap { service in
                service.backends.map { backend in
                    Entry(
                        backend,
                        [.vip(vip), .service(service), .init("backend", backend.endpoint)]
                    )
                }
            }
        }
        addStates(of: backends, to: &page)
        addChecks(of: backends, to: &page)
        addTable(of: backends, to: &page)
    }

    private func addStates(of backends: [Entry], to page: inout MetricsText) {
        page.add(
            "penstock_backend_up",
            "1 if its checks pass, 0 if not.",
            backends.compactMap { backend, labels in backend.isPassing.map { .init(labels, $0) } }
        )
        page.add(
            "penstock_backend_observed_up",
            "1 if it passes a check that is only observed, 0 if not.",
            backends.flatMap { backend, labels in
                (backend.observed ?? []).compactMap { observed in
                    BackendStatus.isPassing(observed.health).map {
                        .init(labels + [.init("check", observed.check)], $0)
                    }
                }
            }
        )
        page.add(
            "penstock_backend_admin_state",
            "1 for what an operator wants of it, 0 for the other states.",
            backends.flatMap { backend, labels in
                BackendStatus.admins.map {
                    .init(labels + [.init("state", $0)], backend.admin == $0)
                }
            }
        )
    }

    private func addChecks(of backends: [Entry], to page: inout MetricsText) {
        page.add(
            "penstock_backend_check_status",
            "1 for the code of the last result of a check; there is no series for the others.",
            backends.flatMap { backend, labels in
                (backend.results ?? []).map {
                    .init(labels + [.init("check", $0.check), .init("status", $0.code)], 1)
                }
            }
        )
        page.add(
            "penstock_backend_transitions_total",
            "How often it began to pass its checks, and to fail them.",
            kind: .counter,
            backends.flatMap { backend, labels in
                backend.turns.map {
                    [
                        .init(labels + [.init("to", "up")], $0.up),
                        .init(labels + [.init("to", "down")], $0.down),
                    ]
                } ?? []
            }
        )
    }

    private func addTable(of backends: [Entry], to page: inout MetricsText) {
        func add(
            _ name: String,
            _ help: String,
            _ value: (BackendStatus, [MetricsText.Label]) -> MetricsText.Sample?
        ) {
            page.add("penstock_\(name)", help, backends.compactMap { value($0, $1) })
        }
        add("backend_weight", "The weight it has in the table.") { backend, labels in
            backend.weight.map { .init(labels, $0) }
        }
        add(
            "ipvs_backend_connections_active",
            "Established connections through this director."
        ) { backend, labels in
            backend.activeConnections.map { .init(labels, $0) }
        }
        add(
            "ipvs_backend_connections_inactive",
            "Connections through this director that are not established."
        ) { backend, labels in
            backend.inactiveConnections.map { .init(labels, $0) }
        }
        for counter in Counter.all.prefix(Counter.ofBackends) {
            page.add(
                "penstock_ipvs_backend_\(counter.name)_total",
                counter.help,
                kind: .counter,
                backends.compactMap { backend, labels in
                    backend.traffic.map { .init(labels, $0[keyPath: counter.path]) }
                }
            )
        }
    }
}

extension BackendStatus {
    /// The words of `admin`.
    fileprivate static let admins = ["ready", "drain", "maint"]
    /// Every standing there is.
    static let standings = ["up", "down", "unknown", "aside", "drain", "maint"]

    /// Whether its checks pass, on its way to the contrary or not; `nil` before they are judged.
    fileprivate var isPassing: Bool? { Self.isPassing(health) }

    /// The same of the words for health.
    static func isPassing(_ health: String) -> Bool? {
        if health == "unknown" { return nil }
        return health == "up" || health.hasPrefix("going-down")
    }

    /// What an operator has made of it, or else its agent, or else what its checks say.
    var standing: String {
        guard admin == "ready" else { return admin }
        switch agent?.effect {
        case "drained": return "drain"
        case "down": return "down"
        default: break
        }
        guard aside == nil else { return "aside" }
        return isPassing.map { $0 ? "up" : "down" } ?? "unknown"
    }
}
