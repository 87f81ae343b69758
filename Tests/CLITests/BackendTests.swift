import API
import Core
import TestSupport
import Testing

@testable import penstock

/// Real servers by name, and how they come to be empty.
struct BackendTests {
    // MARK: Names

    private func names(_ text: String) throws -> [String] {
        let all = BackendReport.all(of: try SampleSnapshot.mixed())
        return try BackendTarget.resolve(text, among: all).map(\.name)
    }

    @Test(arguments: [
        ("web/https/10.20.0.11", ["web/https/10.20.0.11:443"]),
        ("203.0.113.10/https/10.20.0.11:443", ["web/https/10.20.0.11:443"]),
        ("web/10.20.0.11", ["web/https/10.20.0.11:443", "web/http3/10.20.0.11:443"]),
        ("http3/10.20.0.11", ["web/http3/10.20.0.11:443"]),
        (
            "anycast-dns/10.20.1.53",
            ["anycast-dns/dns-udp/10.20.1.53:53", "anycast-dns/dns-tcp/10.20.1.53:53"]
        ),
        ("web-v6/2001:db8:20::11", ["web-v6/https/[2001:db8:20::11]:443"]),
        ("web-v6/https/[2001:db8:20::11]:443", ["web-v6/https/[2001:db8:20::11]:443"]),
        // Two VIPs have a service of that name, and one of them such a server.
        ("https/10.20.0.11", ["web/https/10.20.0.11:443"]),
    ])
    func aServerGoesByManyNames(text: String, expected: [String]) throws {
        #expect(try names(text) == expected)
    }

    @Test(arguments: [
        ("wbe/https/10.20.0.12", "did you mean web/https/10.20.0.12:443?"),
        ("web/https/10.20.0.1", "did you mean web/https/10.20.0.1"),
        ("10.20.0.12", "did you mean web/https/10.20.0.12:443?"),
        ("something/quite/different", "none is called anything like it"),
        ("", "none is called anything like it"),
    ])
    func aSlipIsAnsweredWithTheNearest(text: String, because: String) throws {
        let fault = #expect(throws: Fault.self) { try names(text) }
        #expect(fault?.code == "D432")
        #expect(fault?.because.contains(because) == true, "\(fault?.because ?? "")")
    }

    @Test func whatMayBeSeveralIsNotGuessed() throws {
        var snapshot = try SampleSnapshot.mixed()
        snapshot.vips[2].services[0].backends[0].endpoint = "10.20.0.11:443"
        let all = BackendReport.all(of: snapshot)
        let fault = #expect(throws: Fault.self) {
            try BackendTarget.resolve("https/10.20.0.11", among: all)
        }
        #expect(fault?.because == "web/https/10.20.0.11:443, web-v6/https/10.20.0.11:443")
        // One host may be there under two ports.
        snapshot = try SampleSnapshot.mixed()
        snapshot.vips[1].services[0].backends[1].endpoint = "10.20.0.11:8443"
        let twice = BackendReport.all(of: snapshot)
        #expect(throws: Fault.self) {
            try BackendTarget.resolve("web/https/10.20.0.11", among: twice)
        }
        #expect(try BackendTarget.resolve("web/https/10.20.0.11:8443", among: twice).count == 1)
    }

    // MARK: Progress

    /// A look at a server that carries `weight`, at second `seconds` of the daemon's clock.
    private func look(
        _ admin: String,
        weight: Int,
        active: Int = 0,
        seconds: Int = 0,
        waiting: String? = nil
    ) throws -> BackendStatus {
        var backend = try SampleSnapshot.mixed().vips[1].services[0].backends[2]
        backend.admin = admin
        backend.weight = weight
        backend.activeConnections = active
        backend.seenAt = Timestamp(milliseconds: Int64(seconds) * 1000)
        backend.waiting = waiting
        return backend
    }

    @Test func tellsAWholeDrainFromItsLooks() throws {
        var progress = BackendProgress(["web/a"], connections: 2)
        let looks: [(BackendStatus, Bool)] = [
            // The order has not been taken in.
            (try look("ready", weight: 1), false),
            (try look("drain", weight: 1, waiting: "the others are not ready"), true),
            (try look("drain", weight: 1, waiting: "the others are not ready"), false),
            (try look("drain", weight: 1, waiting: "its route is not seen gone"), true),
            // A count from before the weight was gone proves nothing, however low.
            (try look("drain", weight: 0, active: 0, seconds: 5), true),
            (try look("drain", weight: 0, active: 7, seconds: 6), false),
        ]
        for (index, (status, isNews)) in looks.enumerated() {
            let wasNews = progress.observe(status, of: "web/a", at: .seconds(index))
            #expect(wasNews == isNews, "look \(index)")
            #expect(progress.outcome == (index < 4 ? .waiting : .emptying), "look \(index)")
        }
        let end = try look("drain", weight: 0, active: 2, seconds: 7)
        let isNews = progress.observe(end, of: "web/a", at: .seconds(9))
        #expect(isNews)
        #expect(progress.outcome == .empty)
        #expect(plain(progress.lines) == ["✓ web/a  2 active connections  9.0s"])
    }

    @Test func oneThatWaitsHoldsAllUp() throws {
        var progress = BackendProgress(["a", "b"], connections: 0)
        _ = progress.observe(try look("drain", weight: 0, seconds: 1), of: "a", at: .zero)
        _ = progress.observe(try look("drain", weight: 0, seconds: 2), of: "a", at: .zero)
        #expect(progress.outcome == .waiting)
        _ = progress.observe(
            try look("maint", weight: 0, active: 1, seconds: 2),
            of: "b",
            at: .zero
        )
        #expect(progress.outcome == .emptying)
    }

    @Test func noticesThatSomeonePutItBack() throws {
        var progress = BackendProgress(["a"], connections: 0)
        _ = progress.observe(try look("drain", weight: 0, active: 4), of: "a", at: .zero)
        let isNews = progress.observe(try look("ready", weight: 1), of: "a", at: .seconds(1))
        #expect(isNews)
        #expect(progress.outcome == .undone)
        #expect(plain(progress.lines)[0].hasPrefix("✗ a  put back to use by someone"))
    }

    @Test func tellsAHandoverInTenths() throws {
        var progress = BackendProgress(["a"], connections: 0)
        var news: [Bool] = []
        for percent in [0, 4, 9, 10, 14, 20] {
            var status = try look("ready", weight: 5)
            status.handover = try handover(percent: percent)
            news.append(progress.observe(status, of: "a", at: .seconds(percent)))
        }
        #expect(news == [true, false, false, true, false, true])
        #expect(progress.outcome == .waiting)
        var stopped = try look("ready", weight: 5)
        stopped.handover = try handover(percent: 30, stopped: "10.20.0.12:443 is down")
        let isNews = progress.observe(stopped, of: "a", at: .seconds(30))
        #expect(isNews)
        #expect(progress.outcome == .undone)
    }

    private func handover(percent: Int, stopped: String? = nil) throws -> HandoverStatus {
        let end = stopped.map { #", "stopped": "\#($0)""# } ?? ""
        let text = """
            {"role": "from", "with": "10.20.0.12:443", "percent": \(percent),
             "ends": "2026-11-21T08:12:44.250Z"\(end)}
            """
        return try ControlClient.Answer(status: 200, body: text).decoded()
    }
}
