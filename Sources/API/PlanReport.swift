package import Core
internal import Net

/// What putting a configuration in force would change, as `plan` shows it.
package struct PlanReport: Codable, Equatable, Sendable {
    /// One thing that would change.
    package struct Step: Codable, Equatable, Sendable {
        /// What would happen to it.
        package enum Action: String, Codable, Equatable, Sendable, CaseIterable {
            case add
            case change
            case remove
        }

        /// What would happen to it.
        package var action: Action
        /// What kind of thing it is: `vip`, `service`, `backend`, `address`, `setting` or `bgp`.
        package var kind: String
        /// Which one: a name of the configuration, an address or a prefix.
        package var subject: String
        /// What becomes of it, such as `weight 2 → 1`; may be empty.
        package var text: String

        /// A step.
        package init(action: Action, kind: String, subject: String, text: String = "") {
            self.action = action
            self.kind = kind
            self.subject = subject
            self.text = text
        }
    }

    /// The file or source of the configuration that was compared.
    package var source: String
    /// The steps, in the order they should be read in.
    package var steps: [Step]
    /// The names of VIPs whose announcement would begin or end.
    package var vipsChangingState: [String]
    /// What the operator should know before going ahead.
    package var notes: [String]

    /// A plan of these parts.
    package init(
        source: String,
        steps: [Step],
        vipsChangingState: [String] = [],
        notes: [String] = []
    ) {
        self.source = source
        self.steps = steps
        self.vipsChangingState = vipsChangingState
        self.notes = notes
    }

    /// True when there is nothing to do.
    package var isEmpty: Bool { steps.isEmpty }

    /// How many steps do `action`.
    package func count(_ action: Step.Action) -> Int {
        steps.count { $0.action == action }
    }
}

extension PlanReport.Step {
    /// The step as an operator reads it that `change` stands for.
    package init(_ change: Change) {
        switch change {
        case .bind(let address): self.init(action: .add, kind: "address", subject: "\(address)")
        case .unbind(let address):
            self.init(action: .remove, kind: "address", subject: "\(address)")
        case .set(let name, let number):
            self.init(action: .change, kind: "setting", subject: name, text: "→ \(number)")
        case .masquerade(let key): self.init(action: .add, kind: "snat", subject: "\(key)")
        case .unmasquerade(let key): self.init(action: .remove, kind: "snat", subject: "\(key)")
        case .addService(let key, let scheduling):
            self.init(
                action: .add,
                kind: "service",
                subject: "\(key)",
                text: scheduling.scheduler.rawValue
            )
        case .updateService(let key, let scheduling):
            self.init(
                action: .change,
                kind: "service",
                subject: "\(key)",
                text: "scheduler → \(scheduling.scheduler.rawValue)"
            )
        case .removeService(let key):
            self.init(action: .remove, kind: "service", subject: "\(key)")
        case .addDestination(let key, let endpoint, let forwarding, let weight, _):
            self.init(
                action: .add,
                kind: "backend",
                subject: "\(endpoint)",
                text: "of \(key)  (\(forwarding.rawValue), weight \(weight))"
            )
        case .updateDestination(let key, let endpoint, let forwarding, let weight):
            self.init(
                action: .change,
                kind: "backend",
                subject: "\(endpoint)",
                text: "of \(key)  → \(forwarding.rawValue), weight \(weight)"
            )
        case .moveDestination(let key, let endpoint, let forwarding, let weight, _):
            self.init(
                action: .change,
                kind: "backend",
                subject: "\(endpoint)",
                text: "of \(key)  → its place  (\(forwarding.rawValue), weight \(weight))"
            )
        case .removeDestination(let key, let endpoint):
            self.init(
                action: .remove,
                kind: "backend",
                subject: "\(endpoint)",
                text: "of \(key)"
            )
        case .addPath(let key, let path):
            self.init(action: .add, kind: "path", subject: "\(key)", text: "checks of \(path)")
        case .removePath(let key): self.init(action: .remove, kind: "path", subject: "\(key)")
        case .announce(let address, let announcement, _):
            self.init(
                action: .add,
                kind: "bgp",
                subject: "network \(Prefix(host: address))",
                text: announcement == Announcement() ? "" : "\(announcement)"
            )
        case .withdraw(let address, _):
            self.init(action: .remove, kind: "bgp", subject: "network \(Prefix(host: address))")
        case .discard(let routeMap, _):
            self.init(action: .remove, kind: "bgp", subject: "route-map \(routeMap)")
        }
    }
}
