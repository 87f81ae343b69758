package import Core
internal import Foundation

/// Pictures of a director for the tests of everything that shows one.
///
/// They are written as the JSON that programs see, so that a renamed key breaks a test here
/// before it breaks somebody's script.
package enum SampleSnapshot {
    /// A director that announces two VIPs, and holds back a third without live servers.
    package static func mixed() throws -> Snapshot {
        try JSONDecoder().decode(Snapshot.self, from: Data(json.utf8))
    }

    /// A director on which nothing is wrong.
    package static func calm() throws -> Snapshot {
        var snapshot = try mixed()
        snapshot.vips.removeAll { $0.state != .advertised }
        snapshot.vips[0].services[0].backends.removeAll { $0.admin != "ready" }
        snapshot.warnings = []
        return snapshot
    }

    /// The director with a drain that has come to `step`.
    package static func draining(
        _ step: DrainStatus.Step,
        left: Int = 0,
        of total: Int = 2,
        packetsPerSecond: Double? = nil,
        ending: String? = nil
    ) throws -> Snapshot {
        var snapshot = try calm()
        let rate = packetsPerSecond.map { #""packetsPerSecond": \#($0),"# } ?? ""
        let end = ending.map { #", "ending": "\#($0)""# } ?? ""
        let drain = """
            {"reason": "kernel upgrade", "since": "2026-11-21T08:12:40.000Z",
             "step": "\(step.rawValue)", "left": \(left), "total": \(total), \(rate)
             "packetsBelow": 1\(end)}
            """
        snapshot.node.drain = try JSONDecoder().decode(DrainStatus.self, from: Data(drain.utf8))
        snapshot.node.state = step == .done ? .drained : .draining
        return snapshot
    }

    /// The document of `mixed`.
    package static let json = """
        {"takenAt": "2026-11-21T08:12:44.250Z",
         "node": {"name": "ams1-dir-a", "labels": {"site": "ams1"}, "state": "active",
                  "since": "2026-11-09T08:12:44.000Z"},
         "config": {"file": "/etc/penstock/penstock.yaml", "digest": "3f9c2a",
                    "loadedAt": "2026-11-21T06:00:00.000Z", "lastReloadFailed": false},
         "frr": {"visibility": {"state": "seen"}, "version": "8.4.4", "asn": 65001, "peers": [
                   {"id": "10.0.0.1", "asn": 65000, "state": "Established", "established": true,
                    "families": ["ipv4", "ipv6"], "prefixesSent": {"ipv4": 2, "ipv6": 1}},
                   {"id": "10.0.0.2", "asn": 65000, "state": "Established", "established": true,
                    "families": ["ipv4"]}],
                 "foreignNetworks": 0},
         "ipvs": {"visibility": {"state": "seen"}, "services": 5, "destinations": 12,
                  "foreignServices": 0, "foreign": [], "inStep": true, "inMemory": false},
         "link": {"visibility": {"state": "seen"}, "interface": "vip0", "foreignAddresses": [],
                  "settings": []},
         "vips": [\(anycastDNS), \(web), \(webV6)], "overrides": [],
         "warnings": [
           {"code": "no-quorum", "vip": "anycast-dns",
            "text": "quorum lost: dns-udp has 0 of 1, dns-tcp has 0 of 1",
            "fix": "penstock explain anycast-dns"}]}
        """

    private static let anycastDNS = """
        {"name": "anycast-dns", "address": "203.0.113.53", "state": "withdrawn",
         "since": "2026-11-21T08:12:03.000Z", "advertisedTo": [], "packetsPerSecond": 0,
         "reason": {"code": "no-quorum",
                    "text": "quorum lost: dns-udp has 0 of 1, dns-tcp has 0 of 1",
                    "fix": "look at the real servers: penstock status -o wide"},
         "services": [
           \(service("dns-udp", "53/udp", "down", live: 0, of: 2, needed: 1, backends: [
               backend("10.20.1.53:53", "down", check: "L7TOUT"),
               backend("10.20.2.53:53", "down", check: "L4CON connection refused")])),
           \(service("dns-tcp", "53/tcp", "down", live: 0, of: 2, needed: 1, backends: [
               backend("10.20.1.53:53", "going-up 1/2", check: "L4OK"),
               backend("10.20.2.53:53", "down", check: "L4CON connection refused")]))],
         "gates": [
           {"name": "config", "standing": "open", "text": "advertise when any-service"},
           {"name": "node", "standing": "open", "text": "active (not drained)"},
           {"name": "dns-udp", "standing": "closed", "text": "0 of 2 weight 0, needs 1"},
           {"name": "dns-tcp", "standing": "closed", "text": "0 of 2 weight 0, needs 1"},
           {"name": "hold", "standing": "none", "text": "not healthy"}]}
        """

    private static let web = """
        {"name": "web", "address": "203.0.113.10", "state": "advertised",
         "since": "2026-11-09T08:12:44.000Z", "advertisedTo": ["10.0.0.1", "10.0.0.2"],
         "packetsPerSecond": 41203.4,
         "services": [
           \(service("https", "443/tcp", "up", live: 3, of: 4, needed: 2, table: httpsTable,
                     backends: [
               backend("10.20.0.11:443", "up", check: "L7OK 200"),
               backend("10.20.0.12:443", "going-down 1/3", weight: 2, check: "L7STS 503"),
               backend("10.20.0.13:443", "up", admin: "drain", weight: 0, check: "L7OK 200",
                       note: "disk swap INC-4711")])),
           \(service("http3", "443/udp", "up", live: 4, of: 4, needed: 1, gates: false,
                     backends: [backend("10.20.0.11:443", "up", check: "L7OK 200")]))],
         "gates": [
           {"name": "config", "standing": "open", "text": "advertise when all-services"},
           {"name": "peers", "standing": "open", "text": "10.0.0.1 AS65000, 10.0.0.2 AS65000"}]}
        """

    private static let httpsTable = """
        {"scheduler": "mh(mh-fallback,mh-port)", "digest": "0123456789abcdef", "members": [
           {"endpoint": "10.20.0.11:443", "weight": 1, "lastWeight": 1},
           {"endpoint": "10.20.0.12:443", "weight": 2, "lastWeight": 2},
           {"endpoint": "10.20.0.13:443", "weight": 0, "lastWeight": 1}]}
        """

    private static let webV6 = """
        {"name": "web-v6", "address": "2001:db8:113::10", "state": "advertised",
         "since": "2026-11-21T05:00:00.000Z", "advertisedTo": ["10.0.0.1", "10.0.0.2"],
         "services": [
           \(service("https", "443/tcp", "up", live: 2, of: 2, needed: 1, backends: [
               backend("[2001:db8:20::11]:443", "up", check: "L7OK 200"),
               backend("[2001:db8:20::12]:443", "up", check: "L7OK 200")]))],
         "gates": []}
        """

    private static func service(
        _ name: String,
        _ listen: String,
        _ state: String,
        live: Int,
        of configured: Int,
        needed: Int,
        gates: Bool = true,
        table: String? = nil,
        backends: [String]
    ) -> String {
        let table = table.map { #", "table": \#($0)"# } ?? ""
        return """
            {"name": "\(name)", "listen": "\(listen)", "state": "\(state)", "gates": \(gates),
             "forwarding": "dr", "scheduler": "mh(mh-fallback,mh-port)", "liveWeight": \(live),
             "configuredWeight": \(configured), "neededWeight": \(needed),
             "backends": [\(backends.joined(separator: ", "))]\(table)}
            """
    }

    private static func backend(
        _ endpoint: String,
        _ health: String,
        admin: String = "ready",
        weight: Int = 1,
        check: String,
        note: String? = nil
    ) -> String {
        """
        {"endpoint": "\(endpoint)", "admin": "\(admin)", "health": "\(health)",
         "weight": \(weight), "check": "\(check)", "checkMilliseconds": 3.14,
         "activeConnections": 12\(note.map { #", "note": "\#($0)""# } ?? "")}
        """
    }
}
