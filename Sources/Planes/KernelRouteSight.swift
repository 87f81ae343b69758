import Core
import FRR
import Net

/// What was seen of VIPs that are announced by kernel routes, in one look.
struct KernelRouteSight: Sendable {
    /// How the routes look.
    let policy: KernelRoutePolicy
    /// The ranges whose host prefixes are ours.
    let owned: [Prefix]
    /// The metrics of our kernel routes, by address.
    let routes: [IPAddress: Set<UInt32>]
    /// The addresses that are on our link as addresses: zebra makes routes of them that it prefers.
    let numbered: Set<IPAddress>
    /// The addresses that have a route of ours with a former protocol number.
    var left: Set<IPAddress> = []
    /// What bgpd was seen to do.
    let seen: BGPObservation
    /// The routes of ours that zebra was seen not to have although they have been there a while.
    var unnoticed: Set<IPAddress> = []

    /// How each owned host prefix is announced.
    ///
    /// What is not as it should be has a form of its own, which differs from everything wanted, so
    /// that it is put right by announcing it again.
    var announced: [Prefix: Announcement] {
        var announced: [Prefix: Announcement] = [:]
        for (address, metrics) in routes where isOwned(address) {
            announced[Prefix(host: address)] = form(of: address, metrics)
        }
        for address in left where isOwned(address) {
            announced[Prefix(host: address)] = Announcement(
                foreignForm: "a kernel route with a former protocol number"
            )
        }
        for address in statements.keys {
            announced[Prefix(host: address)] = Announcement(foreignForm: "a network statement")
        }
        return announced
    }

    /// The `network` statements for owned host prefixes, left from when they were announced so.
    var statements: [IPAddress: BGPNetwork] { seen.networks(within: owned) }

    /// The level that the metrics of an address say; `nil` when they say none.
    func level(of address: IPAddress) -> Announcement.Level? {
        switch routes[address] {
        case [policy.metric]: .normal
        case [policy.softMetric]: .soft
        default: nil
        }
    }

    /// The addresses that are announced and sent to nobody, sorted, as many as are explained.
    var unsent: [IPAddress] {
        let none = routes.keys.filter { isOwned($0) && (seen.sent[$0] ?? []).isEmpty }
        return Array(none.sorted().prefix(VTYLimits.explainedRoutes))
    }

    /// The addresses that bgpd sends although neither a kernel route nor a statement says so.
    var stale: [IPAddress] {
        seen.sent.keys.filter { address in
            routes[address] == nil && statements[address] == nil && !left.contains(address)
        }.sorted()
    }

    /// The metric of a level.
    static func metric(of level: Announcement.Level, _ policy: KernelRoutePolicy) -> UInt32 {
        switch level {
        case .normal: policy.metric
        case .soft: policy.softMetric
        }
    }

    private func form(of address: IPAddress, _ metrics: Set<UInt32>) -> Announcement {
        if numbered.contains(address) {
            return Announcement(foreignForm: "a kernel route beside an address of our link")
        }
        if unnoticed.contains(address) {
            return Announcement(foreignForm: "a kernel route that zebra has not noticed")
        }
        guard let level = level(of: address) else {
            let list = metrics.sorted().map { "\($0)" }.joined(separator: " and ")
            return Announcement(foreignForm: "kernel routes with the metric \(list)")
        }
        return Announcement(level)
    }

    private func isOwned(_ address: IPAddress) -> Bool {
        owned.contains { $0.contains(Prefix(host: address)) }
    }
}
