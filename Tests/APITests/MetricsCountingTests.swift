import API
import Core
import Foundation
import TestSupport
import Testing

/// What is counted where it happens, as it comes out at `/metrics`.
@Suite struct MetricsCountingTests {
    @Test func checksAreCountedByName() throws {
        var snapshot = try SampleSnapshot.mixed()
        var probes = ProbeCounts()
        probes.scheduled = 12
        probes.running = 3
        for milliseconds in [1, 8, 9, 12, 7_000] {
            probes.lateness.add(.milliseconds(milliseconds))
        }
        var row = ProbeCounts.Row(check: "alive", type: "tcp", results: ["L4OK": 7, "L4TOUT": 2])
        row.took.add(.milliseconds(2))
        row.took.add(.seconds(1))
        probes.checks = [row, ProbeCounts.Row(check: "page", type: "https")]
        snapshot.probes = probes
        let page = try PrometheusText(parsing: Metrics(snapshot).text)
        #expect(page.value("penstock_checks_scheduled") == 12)
        #expect(page.value("penstock_checks_running") == 3)
        let lag = "penstock_check_schedule_lag_seconds"
        for (bound, count) in [("0.001", 1), ("0.01", 3), ("0.015", 4), ("5.0", 4), ("+Inf", 5)] {
            #expect(page.value(lag + "_bucket", ["le": bound]) == Double(count), "\(bound)")
        }
        #expect(page.value(lag + "_sum") == 7.03)
        #expect(page.types[lag] == "histogram")
        let alive = ["check": "alive", "type": "tcp"]
        let runs = "penstock_check_runs_total"
        #expect(page.value(runs, alive.merging(["status": "L4OK"]) { $1 }) == 7)
        #expect(page.value(runs, alive.merging(["status": "L4TOUT"]) { $1 }) == 2)
        #expect(page.value(runs, ["check": "page"]) == nil)
        let took = "penstock_check_duration_seconds"
        #expect(page.value(took + "_bucket", alive.merging(["le": "0.002"]) { $1 }) == 1)
        #expect(page.value(took + "_count", alive) == 2)
        #expect(page.value(took + "_sum", alive) == 1.002)
        #expect(page.value(took + "_count", ["check": "page", "type": "https"]) == 0)
    }

    @Test func serversShowTheirResultsAndTurns() throws {
        var snapshot = try SampleSnapshot.mixed()
        snapshot.vips[1].services[0].backends[0].results = [
            CheckResultStatus(check: "alive", code: "L4OK"),
            CheckResultStatus(check: "page", code: "L7STS"),
        ]
        snapshot.vips[1].services[0].backends[0].turns = TurnStatus(up: 4, down: 3)
        let page = try PrometheusText(parsing: Metrics(snapshot).text)
        let first = ["vip": "web", "service": "https", "backend": "10.20.0.11:443"]
        for (check, code) in [("alive", "L4OK"), ("page", "L7STS")] {
            let labels = first.merging(["check": check]) { $1 }
            let found = page.samples.filter { sample in
                sample.name == "penstock_backend_check_status"
                    && labels.allSatisfy { sample.labels[$0.key] == $0.value }
            }
            #expect(found.map { $0.labels["status"] } == [code])
            #expect(found.map(\.value) == [1])
        }
        let turns = "penstock_backend_transitions_total"
        #expect(page.value(turns, first.merging(["to": "up"]) { $1 }) == 4)
        #expect(page.value(turns, first.merging(["to": "down"]) { $1 }) == 3)
        #expect(page.samples.count { $0.name == turns } == 2)
        #expect(page.types[turns] == "counter")
    }

    @Test func aVIPThatAnOperatorDrainsIsOverridden() throws {
        var snapshot = try SampleSnapshot.mixed()
        var drain = try #require(try SampleSnapshot.draining(.settling).node.drain)
        drain.sources = ["command"]
        snapshot.vips[1].drain = drain
        drain.sources = ["file"]
        snapshot.vips[0].drain = drain
        let page = try PrometheusText(parsing: Metrics(snapshot).text)
        let name = "penstock_vip_overridden"
        #expect(page.value(name, ["vip": "web", "to": "withdraw"]) == 1)
        #expect(page.value(name, ["vip": "anycast-dns", "to": "withdraw"]) == 0)
        #expect(page.value(name, ["vip": "web-v6", "to": "withdraw"]) == 0)
    }

    @Test func changesHaveTheirCause() throws {
        var snapshot = try SampleSnapshot.mixed()
        var counts = DirectorCounts()
        counts.changes = [
            ChangeCount(target: "ipvs", action: "update-destination", cause: "health", count: 5),
            ChangeCount(target: "ipvs", action: "update-destination", cause: "drift", count: 2),
        ]
        snapshot.counts = counts
        let page = try PrometheusText(parsing: Metrics(snapshot).text)
        let name = "penstock_reconcile_changes_total"
        for (cause, count) in [("health", 5), ("drift", 2)] {
            let labels = ["target": "ipvs", "action": "update-destination", "cause": cause]
            #expect(page.value(name, labels) == Double(count))
        }
        snapshot.counts = DirectorCounts()
        #expect(try PrometheusText(parsing: Metrics(snapshot).text).types[name] == nil)
    }

    @Test func theProcessAndItsStateAreShown() throws {
        let units = ProcessFigures.Units(bootedAt: 1_000, ticksPerSecond: 100, pageBytes: 4096)
        let stat = "7 (penstock) S 1 7 7 0 -1 0 0 0 0 0 150 50 0 0 20 0 6 0 200 9000000 1000"
        var process = try #require(ProcessFigures(stat: stat, in: units))
        process.openFiles = 21
        process.mostFiles = 1024
        let pulse = LoopPulse(
            name: "round",
            lastBeat: Timestamp(milliseconds: 1_500),
            alive: true,
            lagSeconds: 0.125
        )
        let metrics = Metrics(
            try SampleSnapshot.mixed(),
            loops: [pulse],
            vitals: Vitals(process: process, stateWrites: (ok: 8, failed: 1))
        )
        let page = try PrometheusText(parsing: metrics.text)
        let expected: [(String, [String: String], Double)] = [
            ("process_cpu_seconds_total", [:], 2),
            ("process_resident_memory_bytes", [:], 4_096_000),
            ("process_virtual_memory_bytes", [:], 9_000_000),
            ("process_threads", [:], 6),
            ("process_start_time_seconds", [:], 1_002),
            ("process_open_fds", [:], 21),
            ("process_max_fds", [:], 1024),
            ("penstock_state_writes_total", ["result": "ok"], 8),
            ("penstock_state_writes_total", ["result": "failed"], 1),
            ("penstock_loop_lag_seconds", ["loop": "round"], 0.125),
        ]
        for (name, labels, value) in expected {
            #expect(page.value(name, labels) == value, "\(name) \(labels)")
        }
        let bare = try PrometheusText(parsing: Metrics(try SampleSnapshot.mixed()).text)
        #expect(bare.types["process_cpu_seconds_total"] == nil)
        #expect(bare.types["penstock_state_writes_total"] == nil)
    }

    /// Routes and not paths, so that nobody who asks for many things makes many series.
    @Test func requestsAreCountedByRoute() async throws {
        let director = StagedDirector(try SampleSnapshot.mixed())
        let page = try await director.serving { client in
            for vip in ["web", "web-v6"] { _ = try await client.send(.get, "/v1/vips/\(vip)") }
            _ = try await client.failure(.get, "/v1/vips/nobody")
            for path in ["/a", "/b", "/c"] { _ = try await client.failure(.get, path) }
            _ = try await client.failure(.post, "/v1/status")
            return try PrometheusText(parsing: try await client.send(.get, "/metrics").body)
        }
        let name = "penstock_http_requests_total"
        let found = page.samples.filter { $0.name == name && $0.labels["route"] != "/v1/version" }
        let lines = Set(
            found.map { sample in
                let labels = sample.labels
                let parts = ["listener", "route", "method", "code"].map { labels[$0] ?? "?" }
                return "\(parts.joined(separator: " ")) \(Int(sample.value))"
            }
        )
        #expect(
            lines == [
                "socket /v1/vips/{vip} GET 200 2", "socket /v1/vips/{vip} GET 404 1",
                "socket other GET 404 3", "socket /v1/status POST 405 1",
            ]
        )
    }
}
