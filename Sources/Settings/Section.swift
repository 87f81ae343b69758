/// The keys that a map of the configuration may have.
struct Section: Sendable {
    /// What a message calls the map.
    let title: String
    /// The keys this version knows.
    let keys: [String]
    /// The keys that exist in the language, but not in this version.
    ///
    /// They are told apart from slips, so that a file written for a newer version, or from a page
    /// that describes one, is not answered with a spelling lesson.
    var later: [String] = []

    static let root = Section(
        title: "the configuration",
        keys: [
            "version", "node", "control", "bgp", "ipvs", "drain", "brake", "canaries", "checks",
            "pools", "vips",
        ]
    )
    static let node = Section(title: "`node`", keys: ["name", "labels"])
    static let control = Section(title: "`control`", keys: ["socket", "group", "http"])
    static let bgp = Section(
        title: "`bgp`",
        keys: [
            "asn", "owned-prefixes", "vty-socket", "vrf", "method", "min-peers", "communities",
            "large-communities", "verify-every", "pipeline", "kernel-route", "speakers",
            "route-changes", "repairs",
        ]
    )
    static let speaker = Section(
        title: "a speaker",
        keys: ["name", "asn", "vty-socket", "vrf", "method", "pipeline"]
    )
    static let routeChanges = Section(title: "`route-changes`", keys: ["per-second", "burst"])
    static let repairs = Section(title: "`repairs`", keys: ["at-most", "within"])
    static let damping = Section(
        title: "`damping`",
        keys: ["half-life", "suppress", "reuse", "longest"]
    )
    static let kernelRoute = Section(
        title: "`kernel-route`",
        keys: ["protocol", "metric", "soft-metric"]
    )
    static let ipvs = Section(
        title: "`ipvs`",
        keys: [
            "manage", "interface", "defaults", "reconcile-every", "audit-every", "sysctl",
            "sysctls", "check-marks",
        ]
    )
    static let ipvsDefaults = Section(
        title: "`ipvs.defaults`",
        keys: ["forward", "snat", "scheduler", "flags"]
    )
    static let drain = Section(
        title: "`drain`",
        keys: ["announce", "settle", "wait", "on-stop", "file", "last-path"]
    )
    static let drainAnnounce = Section(title: "`drain.announce`", keys: ["prepend", "med"])
    static let drainWait = Section(
        title: "`drain.wait`",
        keys: ["packets-below", "for", "at-most"]
    )
    static let brake = Section(
        title: "`brake`",
        keys: ["policy", "share", "targets", "within", "at-most"]
    )
    static let canary = Section(title: "a canary", keys: ["name", "address", "check"])
    static let checkDefaults = Section(
        title: "`checks.defaults`",
        keys: ["every", "timeout", "rise", "fall", "fast-every", "sentinel"]
    )
    static let tcpCheck = check("a check of type `tcp`", ["send", "expect"])
    static let udpCheck = check("a check of type `udp`", ["send", "expect"])
    static let httpCheck = check(
        "a check of type `http`",
        ["method", "path", "host", "headers", "version", "expect"]
    )
    static let tlsCheck = check("a check of type `tls`", tlsKeys + ["alpn"])
    static let httpsCheck = check(
        "a check of type `https`",
        ["method", "path", "host", "headers", "version", "expect"] + tlsKeys
    )
    static let grpcCheck = check(
        "a check of type `grpc`",
        ["service", "host", "tls"] + tlsKeys
    )
    static let dnsCheck = check("a check of type `dns`", ["query", "transport", "expect"])
    static let icmpCheck = check("a check of type `icmp`", ["size"])
    static let agentCheck = Section(
        title: "a check of type `agent`",
        keys: ["type", "port", "every", "timeout", "source", "mark", "send"]
    )
    static let execCheck = check("a check of type `exec`", ["command", "user", "memory-mib"])
    static let bytes = Section(title: "bytes", keys: ["hex"])
    static let expect = Section(title: "`expect`", keys: ["status", "body", "body-sha256"])
    static let pool = Section(
        title: "a pool",
        keys: ["checks", "backends", "slow-start"]
    )
    static let backend = Section(
        title: "a backend",
        keys: ["address", "port", "weight", "state", "note"]
    )
    static let vip = Section(title: "a VIP", keys: ["name", "address", "advertise", "services"])
    static let advertise = Section(
        title: "`advertise`",
        keys: [
            "when", "hold-up", "hold-down", "communities", "large-communities", "med", "prepend",
            "bandwidth", "damping", "speaker", "self-check",
        ],
        later: ["fail-open"]
    )
    static let bandwidth = Section(title: "`bandwidth`", keys: ["per-weight", "steps"])
    static let service = Section(
        title: "a service",
        keys: [
            "name", "listen", "pool", "backends", "checks", "quorum", "gate", "scheduler", "flags",
            "forward", "snat", "slow-start", "min-healthy", "damping", "outliers",
        ]
    )
    static let outliers = Section(
        title: "`outliers`",
        keys: ["times", "margin", "at-most", "rest"]
    )
    static let quorum = Section(title: "`quorum`", keys: ["up", "down"])

    /// The keys of every check that speaks TLS.
    private static let tlsKeys = ["sni", "verify-tls", "ca", "warn-days"]

    private static func check(
        _ title: String,
        _ keys: [String],
        later: [String] = []
    ) -> Section {
        let common = [
            "type", "port", "every", "timeout", "rise", "fall", "fast-every", "sentinel", "source",
            "mark", "mode", "via",
        ]
        return Section(title: title, keys: common + keys, later: later)
    }

    /// Whether `key` is read at all.
    func has(_ key: String) -> Bool { keys.contains(key) }
}

/// The values of one map, by the keys its section allows.
struct Fields {
    /// Where the map begins.
    let span: Span
    /// The keys that are there without a value or misspelt, which has been said already.
    let spoiled: Set<String>
    private let section: Section
    private let entries: [String: YAMLNode.Entry]

    /// The values of a map at `span` that keeps to `section`.
    init(
        _ section: Section,
        at span: Span,
        _ entries: [String: YAMLNode.Entry],
        spoiled: Set<String>
    ) {
        self.section = section
        self.span = span
        self.entries = entries
        self.spoiled = spoiled
    }

    /// The value of `key`; `nil` when the file does not say it.
    subscript(key: String) -> YAMLNode? {
        precondition(section.has(key), "\(section.title) has no key `\(key)`")
        return entries[key]?.value
    }

    /// Where `key` stands; the beginning of the map when it is not there.
    func place(of key: String) -> Span { entries[key]?.keySpan ?? span }
}
