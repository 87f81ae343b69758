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

extension ZebraRoute: Decodable {
    private enum Key: String, CodingKey {
        case `protocol`, selected, installed, distance, metric, table, nexthops
    }

    private struct NextHop: Decodable {
        let ip: String?
        let interfaceName: String?
        let blackhole: Bool?
        let unreachable: Bool?

        var words: String {
            switch (ip, interfaceName) {
            case (let ip?, let link?): "\(ip) on \(link)"
            case (let ip?, nil): ip
            case (nil, let link?): link
            case (nil, nil) where blackhole == true: "blackhole"
            case (nil, nil): unreachable == true ? "unreachable" : "nowhere that is known"
            }
        }
    }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Key.self)
        source = try container.decode(String.self, forKey: .protocol)
        // These two are printed only when true.
        isSelected = try container.decodeIfPresent(Bool.self, forKey: .selected) ?? false
        isInstalled = try container.decodeIfPresent(Bool.self, forKey: .installed) ?? false
        distance = try container.decode(Int.self, forKey: .distance)
        metric = try container.decode(UInt32.self, forKey: .metric)
        table = try container.decodeIfPresent(UInt32.self, forKey: .table)
        nextHops = try container.decode([NextHop].self, forKey: .nexthops).map(\.words)
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
struct ZebraTrackingTable: Decodable {
    private struct Entry: Decodable {
        let resolvedProtocol: String?
        let unresolved: Bool?
        let resolutions: [Entry]?

        var tracking: ZebraTracking? {
            if let resolvedProtocol { return .resolved(source: resolvedProtocol) }
            if unresolved == true { return .unresolved }
            return resolutions?.lazy.compactMap(\.tracking).first
        }
    }

    let entries: [IPAddress: ZebraTracking]

    init(from decoder: any Decoder) throws {
        let vrfs = try decoder.container(keyedBy: AnyKey.self)
        var entries: [IPAddress: ZebraTracking] = [:]
        for vrf in vrfs.allKeys {
            let families = try vrfs.nestedContainer(keyedBy: AnyKey.self, forKey: vrf)
            for family in families.allKeys {
                let table = try families.nestedContainer(keyedBy: AnyKey.self, forKey: family)
                for key in table.allKeys {
                    // Beside the addresses stands `resolveViaDefault`.
                    guard let address = IPAddress(key.stringValue) else { continue }
                    let entry = try table.decode(Entry.self, forKey: key)
                    guard let tracking = entry.tracking else {
                        throw DecodingError.dataCorruptedError(
                            forKey: key,
                            in: table,
                            debugDescription: "it is neither resolved nor unresolved"
                        )
                    }
                    entries[address] = tracking
                }
            }
        }
        self.entries = entries
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
    /// Its addresses with their lengths, as zebra prints them.
    package let addresses: [Prefix]
}

extension ZebraInterface: Decodable {
    private enum Key: String, CodingKey {
        case administrativeStatus, operationalStatus, vrfName, ipAddresses
    }

    private struct Address: Decodable {
        let address: String
    }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Key.self)
        isUp = try container.decode(String.self, forKey: .administrativeStatus) == "up"
        isOperational =
            try container.decodeIfPresent(String.self, forKey: .operationalStatus) == "up"
        vrf = try container.decode(String.self, forKey: .vrfName)
        let rows = try container.decodeIfPresent([Address].self, forKey: .ipAddresses) ?? []
        // An address is not the network's: the host part stays, so the host prefix is what is kept.
        addresses = rows.compactMap { row in
            IPAddress(String(row.address.prefix { $0 != "/" })).map { Prefix(host: $0) }
        }
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
