package import Net

/// What the running configuration says about BGP.
package struct BGPConfiguration: Hashable, Sendable {
    /// Every instance, in the order of the text.
    package let instances: [BGPInstance]
    /// The names of the route-maps that exist; a `network` with another one is held back.
    package let routeMaps: Set<String>

    /// The instance of the default VRF, the only one written to.
    package var main: BGPInstance? { instances.first { $0.scope == nil } }

    /// Reads the reply to `show running-config`.
    ///
    /// - Throws: `FRRError.unreadable` for an empty text, which no daemon prints, and for an
    ///   instance whose number cannot be read.
    package init(parsing text: String) throws(FRRError) {
        let line = VTYLine.showRunningConfiguration.text
        guard text.contains(where: { !$0.isWhitespace }) else {
            throw .unreadable(line: line, reason: "it is empty, and a configuration never is")
        }
        var instances: [BGPInstance] = []
        var routeMaps: Set<String> = []
        for block in RunningConfiguration(parsing: text).blocks {
            if block.words.starts(with: ["router", "bgp"]) {
                do {
                    instances.append(try BGPInstance(block))
                } catch {
                    throw .unreadable(line: line, reason: "\(error)")
                }
            } else if block.words.first == "route-map", block.words.count > 1 {
                routeMaps.insert(block.words[1])
            }
        }
        self.instances = instances
        self.routeMaps = routeMaps
    }
}

/// One `router bgp` with its networks.
package struct BGPInstance: Hashable, Sendable {
    /// The number of the instance, however it was typed.
    package let asn: ASN
    /// `vrf NAME` or `view NAME`; `nil` for the default VRF.
    package let scope: String?
    /// The `network` statements of the unicast families, by prefix.
    package let networks: [Prefix: BGPNetwork]
    /// `network` lines whose prefix does not read as one, such as classful ones.
    ///
    /// None of them can be ours, because ours always read back as they were written.
    package let strangeNetworks: [String]
    /// False when `no bgp network import-check` is in force; when the line is missing, the
    /// daemon's own default counts, which is on in FRR 7.4 and later and is not printed.
    package let checksImport: Bool

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
        for words in lines where words.first == "network" {
            if let network = BGPNetwork(words) {
                networks[network.prefix] = network
            } else {
                strange.append(words.joined(separator: " "))
            }
        }
        self.networks = networks
        strangeNetworks = strange
        checksImport = !block.lines.contains(["no", "bgp", "network", "import-check"])
    }
}

/// A `network` statement as it stands in the configuration.
package struct BGPNetwork: Hashable, Sendable {
    /// What is originated; also prefixes that are nobody's VIP.
    package let prefix: Prefix
    /// The name of its route-map, which may be any text; `nil` for none.
    package let routeMap: String?

    /// The statement of these values.
    package init(prefix: Prefix, routeMap: String? = nil) {
        self.prefix = prefix
        self.routeMap = routeMap
    }

    /// The statement in these words, or `nil`.
    init?(_ words: [String]) {
        guard words.count > 1 else { return nil }
        do {
            // A bare address would be classful to bgpd and a host to `Prefix`: it is neither here.
            guard words[1].contains("/") else { return nil }
            prefix = try Prefix(parsing: words[1])
        } catch {
            return nil
        }
        let option = words.firstIndex(of: "route-map").map { $0 + 1 }
        routeMap = option.flatMap { $0 < words.count ? words[$0] : nil }
    }
}
