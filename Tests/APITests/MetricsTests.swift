import API
import Core
import Foundation
import TestSupport
import Testing

@Suite struct MetricsTests {
    private func page(_ snapshot: Snapshot) throws -> PrometheusText {
        try PrometheusText(parsing: Metrics(snapshot).text)
    }

    @Test func saysWhatTheSnapshotSays() throws {
        var snapshot = try SampleSnapshot.mixed()
        var speaker = try #require(snapshot.frr.eachSpeaker.first)
        speaker.routerID = "10.0.0.11"
        snapshot.frr.speakers = [speaker]
        snapshot.frr.peers[1].policyMissing = ["ipv4/in"]
        snapshot.unsettled = ["bgp": 2, "link": 0]
        let page = try page(snapshot)
        let https = ["vip": "web", "service": "https"]
        let first = https.merging(["backend": "10.20.0.11:443"]) { $1 }
        let drained = https.merging(["backend": "10.20.0.13:443"]) { $1 }
        let dns = ["vip": "anycast-dns", "service": "dns-udp"]
        let expected: [(String, [String: String], Double)] = [
            ("penstock_build_info", ["version": Release.version], 1),
            ("penstock_build_info", ["swift": Release.swift], 1),
            ("penstock_node_info", ["name": "ams1-dir-a", "site": "ams1"], 1),
            ("penstock_node_state", ["state": "active"], 1),
            ("penstock_node_state", ["state": "drained"], 0),
            ("penstock_node_state_since_timestamp_seconds", [:], 1_794_211_964),
            ("penstock_config_last_reload_successful", [:], 1),
            ("penstock_config_info", ["digest": "3f9c2a"], 1),
            ("penstock_warnings", ["code": "no-quorum"], 1),
            ("penstock_vip_info", ["vip": "web-v6", "prefix": "2001:db8:113::10/128"], 1),
            ("penstock_vip_info", ["vip": "web", "family": "ipv4"], 1),
            ("penstock_vip_advertised", ["vip": "web"], 1),
            ("penstock_vip_advertised", ["vip": "anycast-dns"], 0),
            ("penstock_vip_advertised_peers", ["vip": "web"], 2),
            ("penstock_service_up", https, 1),
            ("penstock_service_up", dns, 0),
            ("penstock_service_weight_healthy", https, 3),
            ("penstock_service_weight_configured", https, 4),
            ("penstock_service_weight_quorum", https, 2),
            ("penstock_service_backends", https.merging(["state": "up"]) { $1 }, 2),
            ("penstock_service_backends", https.merging(["state": "drain"]) { $1 }, 1),
            ("penstock_service_backends", https.merging(["state": "down"]) { $1 }, 0),
            (
                "penstock_service_table_info", https.merging(["digest": "0123456789abcdef"]) { $1 },
                1
            ),
            ("penstock_backend_up", first, 1),
            ("penstock_backend_up", dns.merging(["backend": "10.20.1.53:53"]) { $1 }, 0),
            ("penstock_backend_admin_state", drained.merging(["state": "drain"]) { $1 }, 1),
            ("penstock_backend_admin_state", drained.merging(["state": "ready"]) { $1 }, 0),
            ("penstock_backend_weight", drained, 0),
            ("penstock_ipvs_backend_connections_active", first, 12),
            ("penstock_frr_up", [:], 1),
            ("penstock_frr_info", ["version": "8.4.4", "local_as": "65001", "vrf": "default"], 1),
            ("penstock_frr_info", ["router_id": "10.0.0.11"], 1),
            ("penstock_bgp_peer_policy_missing", ["peer": "10.0.0.2", "direction": "in"], 1),
            ("penstock_bgp_peer_policy_missing", ["peer": "10.0.0.2", "direction": "out"], 0),
            ("penstock_drift_items", ["target": "bgp"], 2),
            ("penstock_drift_items", ["target": "addresses"], 0),
            ("penstock_bgp_peer_up", ["peer": "10.0.0.2", "peer_as": "65000", "afi": "ipv4"], 1),
            ("penstock_bgp_peer_up", ["peer": "10.0.0.1", "afi": "ipv6", "safi": "unicast"], 1),
            ("penstock_bgp_peer_prefixes_sent", ["peer": "10.0.0.1", "afi": "ipv4"], 2),
            ("penstock_bgp_peer_vips_sent", ["peer": "10.0.0.1", "vrf": "default"], 2),
            ("penstock_ipvs_up", [:], 1),
            ("penstock_ipvs_services", [:], 5),
            ("penstock_ipvs_destinations", [:], 12),
            ("penstock_ipvs_in_step", [:], 1),
        ]
        for (name, labels, value) in expected {
            #expect(page.value(name, labels) == value, "\(name) \(labels)")
        }
    }

    /// The services of checks are counted apart, and not at all where there are none.
    @Test func pathsOfChecksAreNoServices() throws {
        var snapshot = try SampleSnapshot.mixed()
        #expect(try page(snapshot).value("penstock_check_paths", [:]) == nil)
        snapshot.ipvs.checkPaths = try JSONDecoder().decode(
            CheckPathsStatus.self,
            from: Data(#"{"wanted": 7, "inTable": 6, "marks": "0x1-0x2", "strangers": []}"#.utf8)
        )
        let page = try page(snapshot)
        #expect(page.value("penstock_check_paths_wanted", [:]) == 7)
        #expect(page.value("penstock_check_paths", [:]) == 6)
        #expect(page.value("penstock_ipvs_services", [:]) == 5)
    }

    @Test func whatHasHappenedIsCounted() throws {
        var snapshot = try SampleSnapshot.mixed()
        var counts = DirectorCounts()
        counts.restarts = ["default": 2]
        counts.commands = [DirectorCounts.key("announce", "ok"): 7]
        counts.looks = [DirectorCounts.key("bgp", "failed"): 1]
        counts.events = ["vip": 4]
        var took = DurationCounts()
        for milliseconds in [3, 7, 7, 90_000] { took.add(.milliseconds(milliseconds)) }
        counts.convergence = ["withdraw": took]
        snapshot.counts = counts
        let text = Metrics(
            snapshot,
            loops: [
                LoopPulse(name: "round", lastBeat: Timestamp(milliseconds: 1_500), alive: true)
            ]
        ).text
        let page = try PrometheusText(parsing: text)
        let speaker = try #require(snapshot.frr.eachSpeaker.first?.name)
        #expect(
            page.value("penstock_frr_restarts_total", ["speaker": speaker])
                == (speaker == "default" ? 2 : 0)
        )
        let announced = ["kind": "announce", "result": "ok"]
        #expect(page.value("penstock_frr_commands_total", announced) == 7)
        let blind = ["target": "bgp", "result": "failed"]
        #expect(page.value("penstock_reconcile_runs_total", blind) == 1)
        #expect(page.value("penstock_events_total", ["kind": "vip"]) == 4)
        #expect(
            page.value("penstock_loop_last_beat_timestamp_seconds", ["loop": "round"]) == 1.5
        )
        let name = "penstock_vip_convergence_seconds"
        for (bound, count) in [("0.005", 1), ("0.01", 3), ("60.0", 3), ("+Inf", 4)] {
            let labels = ["action": "withdraw", "le": bound]
            #expect(page.value(name + "_bucket", labels) == Double(count), "\(bound)")
        }
        #expect(page.value(name + "_count", ["action": "withdraw"]) == 4)
        #expect(page.value(name + "_sum", ["action": "withdraw"]) == 90.017)
        #expect(page.types[name] == "histogram")
    }

    @Test func everyNameIsOurs() throws {
        let page = try page(try SampleSnapshot.mixed())
        // Those of the process are Prometheus', and are not in a picture of the director.
        #expect(page.types.keys.allSatisfy { $0.hasPrefix("penstock_") })
        #expect(page.helps.values.allSatisfy { $0.hasSuffix(".") })
    }

    @Test func drainsAreInTheirStep() throws {
        var snapshot = try SampleSnapshot.draining(.settling)
        snapshot.vips[0].drain = snapshot.node.drain
        snapshot.vips[0].drain?.step = .ebbing
        let page = try page(snapshot)
        #expect(page.value("penstock_node_drain_step", ["step": "settling"]) == 1)
        #expect(page.value("penstock_node_drain_step", ["step": "softening"]) == 0)
        let vip = snapshot.vips[0].name
        #expect(page.value("penstock_vip_drain_step", ["vip": vip, "step": "ebbing"]) == 1)
        let calm = try self.page(try SampleSnapshot.calm())
        #expect(calm.types["penstock_node_drain_step"] == nil)
    }

    @Test func aSpeakerThatCannotBeSeenHasNoSeries() throws {
        var snapshot = try SampleSnapshot.mixed()
        var one = try #require(snapshot.frr.eachSpeaker.first)
        one.name = "public"
        var other = one
        other.name = "inner"
        other.vrf = "blue"
        other.visibility.state = "blind"
        snapshot.frr.speakers = [one, other]
        snapshot.frr.peers[0].id = "inner/10.0.0.1"
        snapshot.frr.peers[1].id = "public/10.0.0.2"
        let page = try page(snapshot)
        #expect(page.value("penstock_frr_info", ["speaker": "public", "vrf": "default"]) == 1)
        #expect(page.value("penstock_frr_info", ["speaker": "inner"]) == nil)
        #expect(page.value("penstock_bgp_peer_up", ["peer": "public/10.0.0.2"]) == 1)
        #expect(page.value("penstock_bgp_peer_up", ["peer": "inner/10.0.0.1"]) == nil)
    }

    @Test func whatIsNotKnownIsAbsent() throws {
        var snapshot = try SampleSnapshot.mixed()
        snapshot.frr.visibility.state = "unseen"
        snapshot.ipvs.visibility.state = "blind"
        snapshot.vips[1].services[0].state = "unknown"
        snapshot.vips[1].services[0].table?.digest = nil
        snapshot.vips[1].services[0].backends[0].health = "unknown"
        snapshot.vips[1].services[0].backends[0].weight = nil
        snapshot.vips[1].services[0].backends[0].activeConnections = nil
        let page = try page(snapshot)
        let https = ["vip": "web", "service": "https"]
        let first = https.merging(["backend": "10.20.0.11:443"]) { $1 }
        #expect(page.value("penstock_frr_up") == nil)
        #expect(page.types["penstock_bgp_peer_up"] == nil)
        #expect(page.value("penstock_ipvs_up") == 0)
        #expect(page.types["penstock_ipvs_services"] == nil)
        #expect(page.value("penstock_service_up", https) == nil)
        #expect(page.value("penstock_service_table_info", https) == nil)
        #expect(page.value("penstock_backend_up", first) == nil)
        #expect(page.value("penstock_backend_weight", first) == nil)
        #expect(page.value("penstock_ipvs_backend_connections_active", first) == nil)
        #expect(
            page.value("penstock_service_backends", https.merging(["state": "unknown"]) { $1 }) == 1
        )
    }

    @Test(arguments: [#"a"b"#, #"a\b"#, "a\nb", #"\"#, "é ☃", "a,b=\"c\"}", ""])
    func anyTextFitsALabel(text: String) throws {
        var snapshot = try SampleSnapshot.mixed()
        snapshot.config.file = text
        snapshot.node.labels["note"] = text
        let page = try page(snapshot)
        #expect(page.value("penstock_config_info", ["file": text]) == 1)
        #expect(page.value("penstock_node_info", ["note": text]) == 1)
    }

    @Test func countersKeepTheir64Bits() throws {
        var snapshot = try SampleSnapshot.mixed()
        let counters = TrafficCounters(
            connections: 3,
            inPackets: 9,
            inBytes: .max,
            outPackets: 1,
            outBytes: 1 << 53 + 1
        )
        snapshot.vips[1].services[0].traffic = counters
        snapshot.vips[1].services[0].backends[0].traffic = counters
        snapshot.vips[1].services[0].backends[0].inactiveConnections = 7
        let page = try page(snapshot)
        let https = ["vip": "web", "service": "https"]
        let first = https.merging(["backend": "10.20.0.11:443"]) { $1 }
        #expect(page.value("penstock_ipvs_service_connections_total", https) == 3)
        #expect(page.value("penstock_ipvs_service_incoming_packets_total", https) == 9)
        #expect(page.value("penstock_ipvs_service_outgoing_packets_total", https) == 1)
        #expect(page.value("penstock_ipvs_backend_connections_total", first) == 3)
        #expect(page.value("penstock_ipvs_backend_incoming_packets_total", first) == 9)
        #expect(page.value("penstock_ipvs_backend_connections_inactive", first) == 7)
        #expect(page.types["penstock_ipvs_backend_connections_total"] == "counter")
        #expect(Metrics(snapshot).text.contains(" 18446744073709551615\n"))
        #expect(Metrics(snapshot).text.contains(" \(UInt64(1) << 53 + 1)\n"))
        // Nothing is said of a service that was not looked at.
        let http3 = ["vip": "web", "service": "http3"]
        #expect(page.value("penstock_ipvs_service_connections_total", http3) == nil)
    }

    @Test func aVIPThatIsWantedSaysSo() throws {
        var snapshot = try SampleSnapshot.mixed()
        snapshot.vips[1].isWanted = true
        snapshot.vips[0].isWanted = false
        let page = try page(snapshot)
        #expect(page.value("penstock_vip_advertise_desired", ["vip": "web"]) == 1)
        #expect(page.value("penstock_vip_advertise_desired", ["vip": "anycast-dns"]) == 0)
        #expect(page.value("penstock_vip_advertise_desired", ["vip": "web-v6"]) == nil)
    }
}
