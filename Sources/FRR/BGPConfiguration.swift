public import Net

/// What the running configuration says about BGP.
public struct BGPConfiguration: Hashable, Sendable {
    /// Every instance, in the order of the text.
    public let instances: [BGPInstance]
    /// The names of the route-maps that exist; a `network` with another one is held back.
    public let routeMaps: Set<String>

    /// What became of the route-maps of ours.
    public let ownedRouteMaps: [RouteMapName: OwnedRouteMap.State]
    /// The names of route-maps that anything but a `network` statement uses.
    let otherUses: Set<String>

    /// A digest of the whole text, also of what is not understood here.
    ///
    /// Two that are equal say that nothing was typed in between. It is FNV-1a, for which being
    /// quick is enough.
    public let digest: UInt64

    /// The instance of the default VRF.
    public var main: BGPInstance? { instance(in: nil) }

    /// The instance of a VRF.
    public func instance(in vrf: VRFName?) -> BGPInstance? {
        instances.first { $0.scope == vrf.map { "vrf \($0)" } }
    }

    /// The route-maps of ours that nothing uses.
    public var unusedRouteMaps: Set<RouteMapName> {
        Set(ownedRouteMaps.keys.filter { !uses($0) })
    }

    /// True when a statement or anything else names this route-map.
    func uses(_ name: RouteMapName) -> Bool {
        otherUses.contains(name.description)
            || instances.contains { $0.routeMaps.contains(name.description) }
    }

    /// Reads the reply to `show running-config`.
    ///
    /// - Throws: `FRRError.unreadable` for an empty text, which no daemon prints, and for an
    ///   instance whose number cannot be read.
    public init(parsing text: String) throws(FRRError) { try self.init(Array(text.utf8)) }

    /// Reads the bytes of the reply to `show running-config`.
    ///
    /// - Throws: `FRRError.unreadable`, as above.
    public init(_ bytes: [UInt8]) throws(FRRError) {
        let line = VTYLine.showRunningConfiguration.text
        guard bytes.contains(where: { $0 > UInt8(ascii: " ") }) else {
            throw .unreadable(line: line, reason: "it is empty, and a configuration never is")
        }
        var instances: [BGPInstance] = []
        var routeMaps: Set<String> = []
        var owned: [RouteMapName: [RunningConfiguration.Block]] = [:]
        var otherUses: Set<String> = []
        for block in RunningConfiguration(bytes).blocks {
            if block.words.starts(with: ["router", "bgp"]) {
                do {
                    instances.append(try BGPInstance(block))
                } catch {
                    throw .unreadable(line: line, reason: "\(error)")
                }
            } else if block.words.first == "route-map", block.words.count > 1 {
                routeMaps.insert(block.words[1])
                if let name = RouteMapName(owned: block.words[1]) {
                    owned[name, default: []].append(block)
                }
            }
            for part in [block] + block.blocks {
                otherUses.formUnion(part.lines.compactMap(Self.otherUse))
            }
        }
        digest = bytes.reduce(0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
        self.otherUses = otherUses
        var states: [RouteMapName: OwnedRouteMap.State] = [:]
        for (name, entries) in owned { states[name] = OwnedRouteMap.state(of: name, entries) }
        ownedRouteMaps = states
        self.instances = instances
        self.routeMaps = routeMaps
    }

    /// The route-map that a line names which is no `network` statement: of a neighbour, a
    /// redistribution, another map (`call`).
    private static func otherUse(_ line: RunningConfiguration.Line) -> String? {
        guard !line.begins(with: "network") else { return nil }
        let words = line.words
        if words.first == "call" { return words.last }
        guard let option = words.firstIndex(of: "route-map"), option + 1 < words.count else {
            return nil
        }
        return words[option + 1]
    }
}

/// One `router bgp` with its networks.
public struct BGPInstance: Hashable, Sendable {
    /// The number of the instance, however it was typed.
    public let asn: ASN
    /// `vrf NAME` or `view NAME`; `nil` for the default VRF.
    public let scope: String?
    /// The `network` statements of the unicast families, by prefix.
    public let networks: [Prefix: BGPNetwork]
    /// `network` lines whose prefix does not read as one, such as classful ones.
    ///
    /// None of them can be ours, because ours always read back as they were written.
    public let strangeNetworks: [String]
    /// The names of the route-maps that the statements use.
    let routeMaps: Set<String>
    /// False when `no bgp network import-check` is in force; when the line is missing, the
    /// daemon's own default counts, which is on in FRR 7.4 and later and is not printed.
    public let checksImport: Bool
    /// The families in which kernel routes are redistributed, and how.
    public let kernelRoutes: [AddressFamily: BGPRedistribution]

    init(_ block: RunningConfiguration.Block) throws(ParseError) {
        guard block.words.count > 2 else {
            throw ParseError(block.words.joined(separator: " "), "has no AS number")
        }
        asn = try ASN(parsing: block.words[2])
        let rest = block.words.dropFirst(3)
        scope = rest.first.flatMap { kind in
            // `as-notation dot` may follow the number, and is not a scope.
            ["vrf", "view"].contains(kind) ? rest.prefix(2).joined(separator: " ") : nil
        }
        // Quagga prints the IPv4 networks in the instance itself.
        var lines = block.lines
        for family in block.blocks {
            switch family.words.dropFirst().joined(separator: " ") {
            case "ipv4", "ipv4 unicast", "ipv6", "ipv6 unicast": lines += family.lines
            default: continue
            }
        }
        var networks: [Prefix: BGPNetwork] = [:]
        var strange: [String] = []
        for line in lines where line.begins(with: "network") {
            if let network = BGPNetwork(line) {
                networks[network.prefix] = network
            } else {
                strange.append(line.words.joined(separator: " "))
            }
        }
        self.networks = networks
        routeMaps = Set(networks.values.compactMap(\.routeMap))
        strangeNetworks = strange
        checksImport = !block.lines.contains { $0.begins(with: "no bgp network import-check") }
        kernelRoutes = BGPRedistribution.ofKernelRoutes(in: block)
    }
}

/// A `network` statement as it stands in the configuration.
public struct BGPNetwork: Hashable, Sendable {
    /// What is originated; also prefixes that are nobody's VIP.
    public let prefix: Prefix
    /// The name of its route-map, which may be any text; `nil` for none.
    public let routeMap: String?

    /// The statement of these values.
    public init(prefix: Prefix, routeMap: String? = nil) {
        self.prefix = prefix
        self.routeMap = routeMap
    }

    /// The statement in this line, or `nil`.
    init?(_ line: RunningConfiguration.Line) {
        let space = UInt8(ascii: " ")
        let rest = line.bytes.drop { $0 != space }.drop { $0 == space }
        // A bare address would be classful to bgpd and a host to `Prefix`: it is neither here.
        guard let prefix = PrefixText.read(rest.prefix { $0 != space }) else { return nil }
        self.prefix = prefix
        guard rest.contains(space) else {
            routeMap = nil
            return
        }
        let words = line.words
        let option = words.firstIndex(of: "route-map").map { $0 + 1 }
        routeMap = option.flatMap { $0 < words.count ? words[$0] : nil }
    }
}
