import Net

extension BGPNeighbor {
    /// Reads `show ip bgp neighbors` (bgpd/bgp_vty.c `bgp_show_peer`), the text in which every
    /// peer has a paragraph, and every family in which it is activated a part of that.
    static func all(quagga text: String) throws(QuaggaFault) -> [PeerName: BGPNeighbor] {
        var peers: [PeerName: BGPNeighbor] = [:]
        var reader = Reader()
        for line in text.split(separator: "\n") {
            if line.hasPrefix("BGP neighbor is ") {
                if let (name, peer) = reader.finished { peers[name] = peer }
                reader = try Reader(line)
            } else {
                reader.read(line)
            }
        }
        if let (name, peer) = reader.finished { peers[name] = peer }
        return peers
    }

    /// One peer, line by line.
    private struct Reader {
        var name: PeerName?
        var peer = BGPNeighbor()
        var family: AddressFamily?

        /// Before the first peer.
        init() {}

        /// `BGP neighbor is 10.7.0.2, remote AS 65102, local AS 65101, external link`.
        init(_ line: Substring) throws(QuaggaFault) {
            let words = line.split { $0 == " " || $0 == "," }.map(String.init)
            guard words.count > 6 else { throw QuaggaFault(reason: "no peer in: \(line)") }
            do {
                name = try PeerName(parsing: words[3])
                peer.asn = words[6] == "0" ? ASN(0) : try ASN(parsing: words[6])
            } catch {
                throw QuaggaFault(reason: "\(error)")
            }
        }

        var finished: (PeerName, BGPNeighbor)? { name.map { ($0, peer) } }

        mutating func read(_ line: Substring) {
            let words = line.split { $0 == " " || $0 == "," }.map(String.init)
            func ends(_ start: String) -> String? {
                guard line.drop(while: { $0 == " " }).hasPrefix(start) else { return nil }
                // A list that does not exist has no star before its name.
                return words.last.map { $0.hasPrefix("*") ? String($0.dropFirst()) : $0 }
            }
            if words.starts(with: ["BGP", "state", "="]), words.count > 3 {
                peer.state = words[3]
                if words.count > 6, words[4] == "up" { peer.uptime = Uptime.read(words[6]) }
            } else if words.starts(with: ["Administratively", "shut", "down"]) {
                peer.isShut = true
            } else if words.starts(with: ["Last", "reset"]), words.count > 2 {
                if !peer.isEstablished { peer.downtime = Uptime.read(words[2]) }
                let parts = line.split(separator: "due to ", maxSplits: 1)
                peer.lastReset = parts.count == 2 ? String(parts[1]) : nil
            } else if words.starts(with: ["Connections", "established"]), words.count > 2 {
                peer.established = decimal(words[2].prefix { $0 != ";" }, Int.self) ?? 0
            } else if words.starts(with: ["Minimum", "time", "between", "advertisement"]),
                words.count > 6
            {
                // `Minimum time between advertisement runs is 30 seconds`.
                peer.advertisementInterval = decimal(words[6], Int32.self).map { .seconds($0) }
            } else if words.starts(with: ["For", "address", "family:"]) {
                let name = words.dropFirst(3).joined(separator: " ")
                family = name == "IPv4 Unicast" ? .v4 : name == "IPv6 Unicast" ? .v6 : nil
                if let family { peer.families[family] = Family() }
            } else if let family {
                if let list = ends("Outgoing update prefix filter list is") {
                    peer.families[family]?.prefixList = list
                } else if let list = ends("Outgoing update network filter list is")
                    ?? ends("Outgoing update AS path filter list is")
                {
                    peer.families[family]?.otherList = list
                } else if let map = ends("Route map for outgoing advertisements is") {
                    peer.families[family]?.routeMap = map
                } else if words.count > 2, words[1] == "accepted", words[2] == "prefixes" {
                    peer.families[family]?.acceptedPrefixes = decimal(words[0], Int.self)
                }
            }
            if words.contains("exceeded"), line.contains("prefix") {
                peer.hasTooManyPrefixes = true
            }
        }
    }
}

/// A time as `peer_uptime` of bgpd prints it: `00:00:05`, `1d02h03m`, `2w3d04h`, `never`.
enum Uptime {
    static func read(_ text: String) -> Duration? {
        let clock = text.split(separator: ":", omittingEmptySubsequences: false)
        if clock.count == 3 {
            // Numbers of 32 bits: no product or sum of them overflows.
            let parts = clock.compactMap { decimal($0, Int32.self) }.map(Int.init)
            guard parts.count == 3 else { return nil }
            return .seconds(parts[0] * 3_600 + parts[1] * 60 + parts[2])
        }
        let units: [Character: Int] = ["w": 604_800, "d": 86_400, "h": 3_600, "m": 60, "s": 1]
        var seconds = 0
        var digits = ""
        // Longer than any time there is.
        guard text.utf8.count <= 32 else { return nil }
        for character in text {
            if let unit = units[character], let count = decimal(digits, Int32.self), digits != "" {
                seconds += Int(count) * unit
                digits = ""
            } else if character.isASCII, character.isNumber {
                digits.append(character)
            } else {
                return nil
            }
        }
        return text.isEmpty || !digits.isEmpty ? nil : .seconds(seconds)
    }
}
