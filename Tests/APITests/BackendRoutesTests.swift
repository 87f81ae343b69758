import API
import Core
import Foundation
import Net
import TestSupport
import Testing

/// The paths about real servers, through a real unix socket.
struct BackendRoutesTests {
    private let director: StagedDirector

    init() throws { director = StagedDirector(try SampleSnapshot.mixed()) }

    private static let web = "/v1/backends/web/https"

    @Test func listsThemAllOrThoseInAState() async throws {
        try await director.serving { client in
            let all: [BackendReport] = try await client.get("/v1/backends")
            #expect(all.count == 10)
            for (state, count) in [("drain", 1), ("ready", 9), ("down", 4), ("unknown", 0)] {
                let some: [BackendReport] = try await client.get("/v1/backends?state=\(state)")
                #expect(some.count == count, "\(state)")
            }
            let failure = await #expect(throws: ControlFailure.self) {
                try await client.send(.get, "/v1/backends?state=tired")
            }
            #expect(failure?.fault.fix.contains("maint") == true)
        }
    }

    @Test(arguments: [
        "web/https/10.20.0.13", "web/https/10.20.0.13:443", "203.0.113.10/https/10.20.0.13",
        "web/443%2Ftcp/10.20.0.13",
    ])
    func findsOneByEveryName(name: String) async throws {
        let report: BackendReport = try await director.serving {
            try await $0.get("/v1/backends/" + name)
        }
        #expect(report.name == "web/https/10.20.0.13:443" && report.backend.admin == "drain")
        #expect(report.path == "/v1/backends/web/https/10.20.0.13%3A443")
    }

    @Test func namesThoseThereAre() async throws {
        try await director.serving { client in
            let failure = await #expect(throws: ControlFailure.self) {
                try await client.send(.get, "\(Self.web)/10.20.0.99")
            }
            #expect(failure?.fault.code == "D404")
            #expect(failure?.fault.because.contains("web/https/10.20.0.11:443") == true)
        }
    }

    @Test(arguments: [
        ("state", #"{"state": "drain", "reason": "disk", "for": "2h"}"#, "state(Optional(Core.Bac"),
        ("state", #"{"state": "auto"}"#, "state(nil)"),
        ("weight", #"{"weight": 7}"#, "weight(Optional(7))"),
        ("weight", #"{"weight": "auto"}"#, "weight(nil)"),
        ("handover", #"{"to": "10.20.0.12", "over": "10m"}"#, "handOver(to: 10.20.0.12:443"),
    ])
    func passesOrdersOn(what: String, body: String, expected: String) async throws {
        let report: BackendReport = try await director.serving { client in
            try await client.send(.put, "\(Self.web)/10.20.0.11/\(what)", body: body).decoded()
        }
        #expect(report.name == "web/https/10.20.0.11:443" && report.notes == ["noted"])
        let asked = director.requests
        #expect(asked.count == 1 && asked[0].contains(expected), "\(asked)")
        #expect(asked[0].hasPrefix("10.20.0.11:443 of 203.0.113.10:443/tcp"))
    }

    @Test(arguments: [
        ("state", #"{"state": "tired"}"#, "tired"),
        ("state", #"{"state": "drain", "for": "2"}"#, "\"for\" is \"2\""),
        ("state", #"{"state": "drain", "reason": "a\nb"}"#, "control characters"),
        ("weight", #"{"weight": -1}"#, "-1 is no weight"),
        ("weight", #"{"weight": 65536}"#, "65536 is no weight"),
        ("weight", #"{"weight": "heavy"}"#, "heavy"),
        ("handover", #"{"to": "10.20.0.12", "over": "soon"}"#, "soon"),
        ("handover", #"{"over": "10m"}"#, "\"to\" is missing"),
    ])
    func refusesWhatItDoesNotUnderstand(what: String, body: String, because: String) async throws {
        let failure = try await director.serving { client in
            await #expect(throws: ControlFailure.self) {
                try await client.send(.put, "\(Self.web)/10.20.0.11/\(what)", body: body)
            }
        }
        #expect(failure?.fault.code == "D406")
        #expect(failure?.fault.because.contains(because) == true, "\(failure?.fault.because ?? "")")
        #expect(director.requests.isEmpty)
    }

    /// Until its connections have ended, a drained server is on its way.
    @Test func saysWhetherItIsThere() async throws {
        try await director.serving { client in
            let path = "\(Self.web)/10.20.0.13"
            let body = #"{"state": "drain"}"#
            var answer = try await client.send(.put, "\(path)/state", body: body)
            #expect(answer.status == 202)
            #expect(answer.location == "/v1/backends/web/https/10.20.0.13%3A443")
            director.change { $0.vips[1].services[0].backends[2].activeConnections = 0 }
            answer = try await client.send(.put, "\(path)/state", body: body)
            #expect(answer.status == 200)
            director.change { $0.vips[1].services[0].backends[2].waiting = "the route is out" }
            answer = try await client.send(.put, "\(path)/state", body: body)
            #expect(answer.status == 202)
        }
    }

    @Test func knowsThoseThatAreNotConfigured() throws {
        var snapshot = try SampleSnapshot.mixed()
        let order = """
            {"vip": "203.0.113.99", "service": "80/tcp", "backend": "10.9.9.9:80", "kind": "state",
             "value": "maint", "by": "root", "reason": "", "since": "2026-11-21T08:12:44.250Z",
             "idle": true}
            """
        snapshot.overrides = [
            try JSONDecoder().decode(OverrideStatus.self, from: Data(order.utf8))
        ]
        let last = try #require(BackendReport.all(of: snapshot).last)
        #expect(last.name == "203.0.113.99/80/tcp/10.9.9.9:80" && last.backend.admin == "maint")
    }

    @Test(arguments: [
        ("90s", 90), ("30m", 1800), ("2h", 7200), ("3d", 259_200), ("90d", 7_776_000),
        ("91d", nil), ("0s", nil), ("", nil), ("2", nil), ("h", nil), ("2 h", nil), ("-1h", nil),
        ("99999999s", nil), ("1.5h", nil), ("5ms", nil),
    ])
    func readsHowLongAnOrderHolds(text: String, seconds: Int?) {
        #expect(Term(text)?.duration == seconds.map { .seconds($0) })
    }
}
