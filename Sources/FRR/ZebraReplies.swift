package import Net

/// One of zebra's routes to a prefix: `show ip route PREFIX json` (zebra/zebra_vty.c
/// `vty_show_ip_route`).
package struct ZebraRoute: Hashable, Sendable {
    /// Where zebra has it from, in its own word, such as `kernel` or `connected`.
    package let source: String
    /// It is the one that zebra uses and tells other daemons of.
    package let isSelected: Bool
    /// It is in the kernel.
    package let isInstalled: Bool
    /// Lower is preferred, among routes of different sources.
    package let distance: Int
    /// Lower is preferred, among routes of the same distance.
    package let metric: UInt32
    /// The number of the kernel's table; `nil` where zebra does not say.
    package let table: UInt32?
    /// Where it leads, each in words: `blackhole`, `10.0.0.1 on eth0`, `vip0`.
    package let nextHops: [String]
}

extension ZebraRoute: JSONReadable {
    init(json cursor: inout JSONCursor) throws(JSONFault) {
        var (source, metric): (String?, UInt32?)
        var (isSelected, isInstalled) = (false, false)
        var (distance, table): (Int, UInt32?) = (0, nil)
        var hops: [String] = []
        try cursor.object { (cursor, key) throws(JSONFault) in
            switch cursor.string(of: key) {
            case "protocol": source = try cursor.string()
            // These two are printed only when true.
            case "selected": isSelected = try cursor.boolean()
            case "installed": isInstalled = try cursor.boolean()
            case "distance": distance = try cursor.integer()
            case "metric": metric = UInt32(exactly: try cursor.integer())
            case "table": table = UInt32(exactly: try cursor.integer())
            case "nexthops":
                try cursor.array { (cursor) throws(JSONFault) in
                    hops.append(try NextHop(json: &cursor).words)
                }
            default: try cursor.skip()
            }
        }
        guard let source, let metric else {
            throw cursor.fault("a route has no protocol or no metric")
        }
        (self.source, self.metric) = (source, metric)
        (self.isSelected, self.isInstalled) = (isSelected, isInstalled)
        (self.distance, self.table) = (distance, table)
        nextHops = hops
    }

    private struct NextHop: JSONReadable {
        var ip: String?
        var link: String?
        var isBlackhole = false
        var isUnreachable = false

        init(json cursor: inout JSONCursor) throws(JSONFault) {
            var (ip, link): (String?, String?)
            var (isBlackhole, isUnreachable) = (false, false)
            try cursor.object { (cursor, key) throws(JSONFault) in
                switch cursor.string(of: key) {
                case "ip": ip = try cursor.string()
                case "interfaceName": link = try cursor.string()
                case "blackhole": isBlackhole = try cursor.boolean()
                case "unreachable": isUnreachable = try cursor.boolean()
                default: try cursor.skip()
                }
            }
            (self.ip, self.link) = (ip, link)
            (self.isBlackhole, self.isUnreachable) = (isBlackhole, isUnreachable)
        }

        var words: String {
            switch (ip, link) {
            case (let ip?, let link?): "\(ip) on \(link)"
            case (let ip?, nil): ip
            case (nil, let link?): link
            case (nil, nil) where isBlackhole: "blackhole"
            case (nil, nil): isUnreachable ? "unreachable" : "nowhere that is known"
            }
        }
    }
}

/// Routes by the prefix they lead to, as zebra prints one or all of them.
struct ZebraRoutes: JSONReadable {
    /// The routes to each prefix.
    let routes: [Prefix: [ZebraRoute]]

    init(json cursor: inout JSONCursor) throws(JSONFault) {
        var routes: [Prefix: [ZebraRoute]] = [:]
        try cursor.object { (cursor, key) throws(JSONFault) in
            let prefix = try cursor.prefix(of: key)
            var found: [ZebraRoute] = []
            try cursor.array { (cursor) throws(JSONFault) in
                found.append(try ZebraRoute(json: &cursor))
            }
            routes[prefix] = found
        }
        self.routes = routes
    }
}

extension ZebraRoute: CustomStringConvertible {
    /// In words: `kernel, metric 100, blackhole`.
    package var description: String {
        let metric = metric == 0 ? "" : ", metric \(metric)"
        let hops = nextHops.isEmpty ? "" : ", \(nextHops.joined(separator: " and "))"
        return "\(source)\(metric)\(hops)"
    }
}

/// What zebra tells those who asked to hear of an address, such as bgpd for its import check.
package enum ZebraTracking: Hashable, Sendable {
    /// Nobody asked for it.
    case unknown
    /// There is no route to it.
    case unresolved
    /// The route to it comes from here, in zebra's word; `bgp` does not content an import check.
    case resolved(source: String)
}

extension ZebraTracking {
    /// Reads the text of `show ip nht ADDRESS`, which every version has (zebra/zebra_rnh.c
    /// `print_rnh`): the address on a line of its own, and what became of it one space in.
    ///
    /// The address may be followed by `(Connected)`. Before it some versions say which VRF it is.
    init(parsing text: String, of address: IPAddress) throws(ParseError) {
        var isOurs = false
        for line in text.split(separator: "\n") {
            guard line.first == " " else {
                let name = line.prefix { $0 != "(" && $0 != " " }
                isOurs = IPAddress(String(name)) == address
                continue
            }
            guard isOurs else { continue }
            let words = line.split(separator: " ")
            if words.first == "unresolved" || words.first == "unresolved(Connected)" {
                self = .unresolved
                return
            }
            if words.starts(with: ["resolved", "via"]), words.count > 2 {
                self = .resolved(source: words[2].filter { $0 != "," })
                return
            }
        }
        // Text of another kind must not pass for an address that nobody asked for.
        guard !isOurs, !text.contains("% ") else {
            throw ParseError(String(text.prefix(80)), "says neither resolved nor unresolved")
        }
        self = .unknown
    }
}

/// The JSON of the same, from FRR 8.5; 10.6 groups those who asked by what they are told.
struct ZebraTrackingTable: JSONReadable {
    /// What those who asked are told, by address.
    let entries: [IPAddress: ZebraTracking]

    init(json cursor: inout JSONCursor) throws(JSONFault) {
        var entries: [IPAddress: ZebraTracking] = [:]
        // VRF, family, address.
        try cursor.object { (cursor, _) throws(JSONFault) in
            try cursor.object { (cursor, _) throws(JSONFault) in
                try cursor.object { (cursor, key) throws(JSONFault) in
                    // Beside the addresses stands `resolveViaDefault`.
                    guard let address = IPAddress(cursor.string(of: key)) else {
                        return try cursor.skip()
                    }
                    guard let tracking = try Self.tracking(&cursor) else {
                        throw cursor.fault("an address is neither resolved nor unresolved")
                    }
                    entries[address] = tracking
                }
            }
        }
        self.entries = entries
    }

    private static func tracking(_ cursor: inout JSONCursor) throws(JSONFault) -> ZebraTracking? {
        var found: ZebraTracking?
        try cursor.object { (cursor, key) throws(JSONFault) in
            switch cursor.string(of: key) {
            case "resolvedProtocol": found = .resolved(source: try cursor.string())
            case "unresolved": if try cursor.boolean() { found = found ?? .unresolved }
            case "resolutions":
                try cursor.array { (cursor) throws(JSONFault) in
                    let inner = try Self.tracking(&cursor)
                    found = found ?? inner
                }
            default: try cursor.skip()
            }
        }
        return found
    }
}

/// A link as zebra sees it: `show interface NAME json`.
package struct ZebraInterface: Hashable, Sendable {
    /// An operator has it up.
    package let isUp: Bool
    /// It can carry packets; without that, its addresses make no routes.
    package let isOperational: Bool
    /// The VRF it belongs to.
    package let vrf: String
    /// The host prefixes of its addresses.
    package let addresses: [Prefix]
}

extension ZebraInterface: JSONReadable {
    init(json cursor: inout JSONCursor) throws(JSONFault) {
        var (isUp, isOperational): (Bool?, Bool) = (nil, false)
        var vrf: String?
        var addresses: [Prefix] = []
        try cursor.object { (cursor, key) throws(JSONFault) in
            switch cursor.string(of: key) {
            case "administrativeStatus": isUp = try cursor.string() == "up"
            case "operationalStatus": isOperational = try cursor.string() == "up"
            case "vrfName": vrf = try cursor.string()
            case "ipAddresses":
                try cursor.array { (cursor) throws(JSONFault) in
                    if let host = try Self.address(&cursor) { addresses.append(host) }
                }
            default: try cursor.skip()
            }
        }
        guard let isUp, let vrf else { throw cursor.fault("a link has no state or no VRF") }
        (self.isUp, self.isOperational) = (isUp, isOperational)
        (self.vrf, self.addresses) = (vrf, addresses)
    }

    /// The host prefix of an address, whatever length it has on the link.
    private static func address(_ cursor: inout JSONCursor) throws(JSONFault) -> Prefix? {
        var host: Prefix?
        try cursor.object { (cursor, key) throws(JSONFault) in
            guard cursor.string(of: key) == "address" else { return try cursor.skip() }
            let text = try cursor.string()
            host = IPAddress(String(text.prefix { $0 != "/" })).map { Prefix(host: $0) }
        }
        return host
    }
}

/// The links that zebra was asked for, by name.
struct ZebraInterfaces: JSONReadable {
    /// The links.
    let links: [String: ZebraInterface]

    init(json cursor: inout JSONCursor) throws(JSONFault) {
        var links: [String: ZebraInterface] = [:]
        try cursor.object { (cursor, key) throws(JSONFault) in
            links[cursor.string(of: key)] = try ZebraInterface(json: &cursor)
        }
        self.links = links
    }
}

/// A VRF that zebra knows besides the default one: a line of `show vrf` (zebra/zebra_vrf.c).
package struct ZebraVRF: Hashable, Sendable {
    /// Its name.
    package let name: String
    /// The kernel's table of it; `nil` while it does not exist in the kernel.
    package let table: UInt32?

    /// Reads `vrf red id 5 table 100` and `vrf blue inactive`; `nil` for another line.
    init?(_ line: Substring) {
        let words = line.split(separator: " ")
        guard words.count > 2, words[0] == "vrf" else { return nil }
        name = String(words[1])
        table = words.firstIndex(of: "table").flatMap { place in
            place + 1 < words.count ? UInt32(words[place + 1]) : nil
        }
    }
}
