public import Net

/// A `redistribute` line: routes of another source that bgpd announces.
public struct BGPRedistribution: Hashable, Sendable {
    /// The route-map that they must pass; `nil` when all of them do.
    public let routeMap: String?

    /// Routes that pass `routeMap`.
    public init(routeMap: String?) { self.routeMap = routeMap }

    /// The lines for kernel routes in an instance, by family.
    static func ofKernelRoutes(
        in instance: RunningConfiguration.Block
    ) -> [AddressFamily: BGPRedistribution] {
        var found: [AddressFamily: BGPRedistribution] = [:]
        for line in instance.lines {
            // Quagga prints those of IPv4 in the instance itself.
            if let redistribution = BGPRedistribution(kernel: line) {
                found[.v4] = redistribution
            }
        }
        for block in instance.blocks {
            let family: AddressFamily
            switch block.words.dropFirst().joined(separator: " ") {
            case "ipv4", "ipv4 unicast": family = .v4
            case "ipv6", "ipv6 unicast": family = .v6
            default: continue
            }
            for line in block.lines {
                if let redistribution = BGPRedistribution(kernel: line) {
                    found[family] = redistribution
                }
            }
        }
        return found
    }

    private init?(kernel line: RunningConfiguration.Line) {
        guard line.begins(with: "redistribute") else { return nil }
        let words = line.words
        guard words.count > 1, words[1] == "kernel" else { return nil }
        let option = words.firstIndex(of: "route-map").map { $0 + 1 }
        routeMap = option.flatMap { $0 < words.count ? words[$0] : nil }
    }
}

extension BGPObservation {
    /// Why an address that is not announced by a statement is sent to nobody, as far as bgpd and
    /// its peers are the reason; `route` is what the table has for it, if that was looked up.
    public func obstaclesWithoutStatement(
        to address: IPAddress,
        route: BGPRoute?
    ) -> [BGPObstacle] {
        BGPExplanation(routeMaps: [], peers: peers)
            .obstacles(to: BGPNetwork(prefix: Prefix(host: address)), route: route)
    }
}
