package import Core
package import Net

// Shorter words for what most stories are about: one speaker, and routes in their plain form.

extension Change {
    /// Have the only speaker announce `address` plainly.
    package static func announce(_ address: IPAddress) -> Change {
        .announce(address, Announcement(), by: Speaker.usualName)
    }

    /// Have the only speaker withdraw `address`.
    package static func withdraw(_ address: IPAddress) -> Change {
        .withdraw(address, by: Speaker.usualName)
    }
}

extension Slice {
    /// A slice that is plainly announced, or not at all.
    package init(bound: Bool = false, services: [ServiceID: ServiceSlice] = [:], announced: Bool) {
        self.init(
            bound: bound,
            services: services,
            announcement: announced ? Announcement() : nil
        )
    }
}

extension Command {
    /// Drain the director for `reason`.
    package static func drain(reason: String) -> Command {
        .drain(.node, reason: reason)
    }

    /// Drain `scope`.
    package static func drain(
        _ scope: DrainScope,
        _ mode: DrainMode = .soft,
        by source: DrainSource = .command,
        reason: String = ""
    ) -> Command {
        .drain(DrainOrder(scope, .simulated(mode, reason: reason), source: source))
    }
}

extension DrainWish {
    /// A wish of no particular time.
    package static func simulated(_ mode: DrainMode = .soft, reason: String = "") -> DrainWish {
        let civil = Timestamp(milliseconds: 1_700_000_000_000)
        let mandate = Mandate(
            by: "root",
            reason: reason,
            since: civil,
            civilNow: civil,
            now: .zero
        )
        return DrainWish(mode, mandate)
    }
}

extension Overrides {
    /// Nothing but a drain of the director.
    package static func drained(reason: String) -> Overrides {
        Overrides(
            states: [:],
            weights: [:],
            handovers: [],
            drains: [.node: .simulated(reason: reason)]
        )
    }
}
