package import Net

/// What the operator asked for, validated: nothing in it can be malformed or contradict itself.
///
/// `Settings` makes it from the configuration file; everything behind it trusts it.
package struct Intent: Equatable, Sendable {
    /// Who this director is.
    package var node: Node
    /// The routing daemon it announces through.
    package var bgp: BGPPolicy
    /// The table it forwards with.
    package var ipvs: IPVSPolicy
    /// How it leaves the fabric.
    package var drain: DrainPolicy
    /// What it does when nearly everything fails at once; `nil` when it does not ask.
    package var brake: BrakePolicy?
    /// What answers as long as it can reach anything at all; no real server is among them.
    package var canaries: [Canary]
    /// What it serves, sorted by name; no two share an address.
    package var vips: [VIP]

    /// Puts together parts that fit.
    package init(
        node: Node,
        bgp: BGPPolicy,
        ipvs: IPVSPolicy = IPVSPolicy(),
        drain: DrainPolicy = DrainPolicy(),
        brake: BrakePolicy? = nil,
        canaries: [Canary] = [],
        vips: [VIP]
    ) {
        self.node = node
        self.bgp = bgp
        self.ipvs = ipvs
        self.drain = drain
        self.brake = brake
        self.canaries = canaries
        self.vips = vips.sorted { $0.name < $1.name }
    }

    /// True when an announcement of `prefix` is ours to make and to take back.
    ///
    /// Only host prefixes are: an aggregate inside the same range is the operator's own.
    package func owns(_ prefix: Prefix) -> Bool {
        prefix.isHost && bgp.ownedPrefixes.contains { $0.contains(prefix) }
    }

    /// How long the routes of all VIPs need to change once, one after the other.
    package var routeTurns: Duration {
        .seconds(1) * (Double(vips.count) / Double(bgp.routeChanges.perSecond))
    }
}

/// The director itself.
package struct Node: Equatable, Sendable {
    /// The name it goes by on pages and in metrics; the host name unless configured.
    package var name: String
    /// Free labels for dashboards, such as a site or a rack.
    package var labels: [String: String]

    /// The director called `name`.
    package init(name: String, labels: [String: String] = [:]) {
        self.name = name
        self.labels = labels
    }
}
