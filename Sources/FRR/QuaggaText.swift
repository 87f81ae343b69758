import Net

/// Why a text is not what Quagga 1.2 prints.
struct QuaggaFault: Error, Hashable {
    let reason: String
}

extension VTYLine {
    /// Every peer in a few words; `show bgp ipv6 summary` is ambiguous to Quagga.
    static func quaggaSummary(_ family: AddressFamily) -> VTYLine {
        switch family {
        case .v4: VTYLine(trusted: "show ip bgp summary")
        case .v6: VTYLine(trusted: "show bgp ipv6 unicast summary")
        }
    }

    /// Every peer in full.
    static let quaggaNeighbors = VTYLine(trusted: "show ip bgp neighbors")

    /// Every route of a family that a peer is sent.
    static func quaggaAdvertised(to peer: PeerName, _ family: AddressFamily) -> VTYLine {
        switch family {
        case .v4: VTYLine(trusted: "show ip bgp neighbors \(peer) advertised-routes")
        case .v6: VTYLine(trusted: "show bgp ipv6 neighbors \(peer) advertised-routes")
        }
    }

    /// What the table has for one prefix.
    static func quaggaRoute(_ prefix: Prefix) -> VTYLine {
        switch prefix.address.family {
        case .v4: VTYLine(trusted: "show ip bgp \(prefix)")
        case .v6: VTYLine(trusted: "show bgp ipv6 \(prefix)")
        }
    }
}

extension BGPSummary {
    /// Reads `show … summary` of each family in turn (bgpd/bgp_vty.c `bgp_show_summary`).
    ///
    /// A row is `PEER V AS MsgRcvd MsgSent TblVer InQ OutQ Up/Down State/PfxRcd`, where the last
    /// word is a count when the session is up. There is no version worth having, and no count of
    /// what is sent.
    init(quagga texts: [String]) throws(QuaggaFault) {
        var asn: ASN?
        var routerID: String?
        var families: [AddressFamily: Family] = [:]
        for (family, text) in zip(AddressFamily.allCases, texts) {
            var peers: [PeerName: Peer] = [:]
            var isTable = false
            for line in text.split(separator: "\n") {
                let words = line.split(separator: " ").map(String.init)
                if words.starts(with: ["BGP", "router", "identifier"]) {
                    asn = words.last.flatMap { number($0) }
                    routerID = words.dropFirst(3).first?.filter { $0 != "," }
                    guard asn != nil else { throw QuaggaFault(reason: "no AS number in: \(line)") }
                } else if words.first == "Neighbor" {
                    isTable = true
                } else if words.first == "Total" {
                    isTable = false
                } else if isTable {
                    let (name, peer) = try Self.row(words)
                    peers[name] = peer
                }
            }
            guard text.isEmpty || asn != nil || text.contains("No IPv") else {
                throw QuaggaFault(reason: "it has no \"local AS number\"")
            }
            if !peers.isEmpty {
                families[family] = Family(tableVersion: -1, isDelayed: false, peers: peers)
            }
        }
        self.init(asn: asn, families: families)
        self.routerID = routerID
    }

    private static func row(_ words: [String]) throws(QuaggaFault) -> (PeerName, Peer) {
        guard words.count >= 10, let asn = number(words[2]), let name = peer(words[0]) else {
            throw QuaggaFault(reason: "a row that is no peer: \(words.joined(separator: " "))")
        }
        let received = decimal(words[9], Int.self)
        // `Idle (Admin)` and `Idle (PfxCt)` are two words.
        let state = received == nil ? words[9...].joined(separator: " ") : "Established"
        let peer = Peer(
            asn: asn,
            state: state,
            peerState: state.contains("PfxCt") ? "PfxCt" : state.contains("Admin") ? "Admin" : "OK",
            sent: 0,
            received: received ?? 0,
            established: 0,
            outQueue: decimal(words[7], Int.self) ?? 0
        )
        return (name, peer)
    }
}

extension BGPAdvertised {
    /// Where the weight stands in a row.
    ///
    /// The columns of bgpd/bgp_route.c `route_vty_out_tmp` are three marks, 17 for the
    /// prefix, 16 for the next hop, 10 for the metric, 7 for the preference and 8 for the weight.
    /// What does not fit goes to the next line, and the columns behind it stay where they are.
    private static let weightColumns = 54..<61
    private static let prefixColumn = 3

    /// Reads `show … neighbors PEER advertised-routes`; an empty text is an empty list.
    init(quagga text: String) throws(QuaggaFault) {
        var originated: Set<Prefix> = []
        var relayed: Set<Prefix> = []
        var total: Int?
        var isTable = false
        var pending: Prefix??
        var count = 0
        for line in text.split(separator: "\n") {
            let bytes = Array(line.utf8)
            if line.hasPrefix("   Network") {
                isTable = true
                continue
            }
            if line.hasPrefix("Total number of prefixes") {
                total = line.split(separator: " ").last.flatMap { decimal($0, Int.self) }
                isTable = false
                continue
            }
            guard isTable else { continue }
            if let mark = bytes.first, mark != UInt8(ascii: " ") {
                guard pending == nil else { throw QuaggaFault(reason: "a route has no weight") }
                let rest = bytes.dropFirst(Self.prefixColumn)
                // A classful prefix stands without its length, and is nobody's VIP.
                pending = .some(PrefixText.read(rest.prefix { $0 != UInt8(ascii: " ") }))
                count += 1
            }
            guard let weight = Self.weight(bytes) else { continue }
            guard let route = pending else { throw QuaggaFault(reason: "a weight has no route") }
            pending = nil
            guard let prefix = route else { continue }
            if weight == Self.ownWeight {
                originated.insert(prefix)
            } else {
                relayed.insert(prefix)
            }
        }
        guard pending == nil else { throw QuaggaFault(reason: "the last route has no weight") }
        guard text.isEmpty || total == count else {
            throw QuaggaFault(
                reason:
                    "\(count) routes, but its own count is \(total.map { "\($0)" } ?? "missing")"
            )
        }
        self.init(originated: originated, relayed: relayed)
    }

    private static func weight(_ line: [UInt8]) -> Int? {
        guard line.count >= weightColumns.upperBound else { return nil }
        let text = String(decoding: line[weightColumns], as: UTF8.self)
        return text.split(separator: " ").last.flatMap { decimal($0, Int.self) }
    }
}

extension BGPRoute {
    /// Reads `show ip bgp PREFIX` (bgpd/bgp_route.c `route_vty_out_detail`).
    ///
    /// Every path has a line `NEXTHOP from PEER (ID)`, and then one that begins with `Origin` and
    /// ends with its flags.
    init(quagga text: String) throws(QuaggaFault) {
        var paths: [Path] = []
        var peers: Set<PeerName> = []
        var isAdvertisedList = false
        var isAccessible = true
        guard text.contains("Paths: (") else { throw QuaggaFault(reason: "it lists no paths") }
        for line in text.split(separator: "\n") {
            let words = line.split(separator: " ").map(String.init)
            if words.first == "Advertised", words.contains("peers:") {
                isAdvertisedList = true
            } else if isAdvertisedList {
                isAdvertisedList = false
                peers.formUnion(words.compactMap { peer($0) })
            } else if words.contains("from") {
                isAccessible = !words.contains("(inaccessible)")
            } else if words.first == "Origin" {
                let flags = line.split(separator: ",").map { $0.split(separator: " ").joined() }
                paths.append(
                    Path(
                        isOwn: flags.contains("sourced"),
                        isValid: flags.contains("valid"),
                        isBest: flags.contains("best"),
                        isAccessible: isAccessible
                    )
                )
            }
        }
        self.init(paths: paths, advertisedTo: peers)
    }
}

/// An AS number, or nothing.
private func number(_ text: String) -> ASN? {
    do {
        return try ASN(parsing: text)
    } catch {
        return nil
    }
}

/// The name of a peer, or nothing.
private func peer(_ text: String) -> PeerName? {
    do {
        return try PeerName(parsing: text)
    } catch {
        return nil
    }
}
