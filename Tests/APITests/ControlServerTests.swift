import API
import Core
import Foundation
import Logging
import TestSupport
import Testing

/// The whole control socket, from a client through a real unix socket to the closures behind it.
struct ControlServerTests {
    private let director: StagedDirector

    init() throws { director = StagedDirector(try SampleSnapshot.mixed()) }

    // MARK: Looking

    @Test func givesTheSnapshotAsItIs() async throws {
        let served: Snapshot = try await director.serving { try await $0.get("/v1/status") }
        #expect(try served == SampleSnapshot.mixed())
    }

    @Test func spellsKeysAndTimesAsPublished() async throws {
        let body = try await director.serving { try await $0.send(.get, "/v1/status").body }
        #expect(body.contains(#""takenAt":"2026-11-21T08:12:44.250Z""#))
        #expect(body.contains(#""packetsPerSecond":41203.4"#))
        #expect(body.contains(#""file":"/etc/penstock/penstock.yaml""#))
    }

    @Test func givesVIPsByNameAndByAddress() async throws {
        try await director.serving { client in
            let all: [VIPStatus] = try await client.get("/v1/vips")
            #expect(all.map(\.name) == ["anycast-dns", "web", "web-v6"])
            let web: VIPStatus = try await client.get("/v1/vips/web")
            #expect(web == all[1])
            let segment = ControlClient.segment("2001:db8:113::10")
            let explanation: Explanation = try await client.get("/v1/vips/\(segment)/explain")
            #expect(explanation.vip == all[2])
            #expect(explanation.establishedPeers == 2)
            // By its host prefix, too, and by no other.
            let prefix = ControlClient.segment("2001:db8:113:0::10/128")
            let same: VIPStatus = try await client.get("/v1/vips/\(prefix)")
            #expect(same == all[2])
            for wrong in ["203.0.113.10/24", "203.0.113.10/", "203.0.113.10/32/32", "/32"] {
                let path = "/v1/vips/\(ControlClient.segment(wrong))"
                #expect(try await client.failure(.get, path).fault.code == "D404")
            }
            let node: NodeStatus = try await client.get("/v1/node")
            #expect(try node == SampleSnapshot.mixed().node)
            let version: VersionReport = try await client.get("/v1/version")
            #expect(version.version == Release.version)
        }
    }

    /// `explain` asks everybody on the way; other pictures do not.
    @Test func explainsTheWayToRouters() async throws {
        let seen = GateStatus(name: "bgpd", standing: .closed, text: "as last seen")
        director.change { for index in $0.vips.indices { $0.vips[index].path = [seen] } }
        try await director.serving { client in
            let web: Explanation = try await client.get("/v1/vips/web/explain")
            #expect(web.vip.path?.map(\.text) == ["203.0.113.10 is there"])
            let v6: Explanation = try await client.get("/v1/vips/web-v6/explain")
            #expect(v6.vip.path == [seen])
            let plain: VIPStatus = try await client.get("/v1/vips/web")
            #expect(plain.path == [seen])
        }
    }

    @Test func tellsWhetherItsLoopsRun() async throws {
        let beat = LoopPulse(name: "round", lastBeat: Timestamp(milliseconds: 0), alive: true)
        director.beat([beat])
        try await director.serving { client in
            let health: Liveness = try await client.get("/healthz")
            #expect(health.alive && health.loops == [beat])
            director.beat([LoopPulse(name: "round", lastBeat: beat.lastBeat, alive: false)])
            #expect(try await client.failure(.get, "/healthz").kind == .late)
            let ready: Readiness = try await client.get("/readyz")
            #expect(ready.ready && ready.waitingFor.isEmpty)
            director.become(ready: false)
            #expect(try await client.failure(.get, "/readyz").kind == .late)
        }
    }

    // MARK: Changing

    @Test func drainsAndUndrains() async throws {
        try await director.serving { client in
            let wish = #"{"state":"drained","mode":"now","reason":"kernel \"6.1\""}"#
            let begun = try await client.send(.put, "/v1/node/state", body: wish)
            #expect(begun.status == 202)
            #expect(begun.location == "/v1/operations/drain")
            director.change { $0.node.state = .drained }
            let again = try await client.send(.put, "/v1/node/state", body: wish)
            #expect(again.status == 200)
            #expect(again.location == nil)
            let back = try await client.send(
                .put,
                "/v1/node/state",
                body: #"{"state":"active"}"#
            )
            #expect(back.status == 202)
        }
        #expect(
            director.requests == [
                #"drain now node kernel "6.1""#, #"drain now node kernel "6.1""#, "undrain node",
            ]
        )
    }

    @Test func drainsOneVIPForAWhile() async throws {
        try await director.serving { client in
            let wish = #"{"state":"drained","reason":"move","for":"2h","yes":true}"#
            let begun = try await client.send(.put, "/v1/vips/web/state", body: wish)
            #expect(begun.status == 202)
            #expect(begun.location == "/v1/operations/drain-web")
            let back = try await client.send(
                .put,
                "/v1/vips/web/state",
                body: #"{"state":"active"}"#
            )
            #expect(back.status == 200)
        }
        #expect(
            director.requests == [
                "drain soft vip(203.0.113.10) move for 7200.0 seconds yes",
                "undrain vip(203.0.113.10)",
            ]
        )
    }

    /// One request for all of them: a name that means nothing keeps every one as it is.
    @Test func drainsSeveralVIPsOrNone() async throws {
        try await director.serving { client in
            let wish = #"{"state":"drained"}"#
            let failure = try await client.failure(.put, "/v1/vips/web,nope/state", body: wish)
            #expect(failure.fault.code == "D404")
            #expect(director.requests.isEmpty)
            let begun = try await client.send(
                .put,
                "/v1/vips/web,2001%3Adb8%3A113%3A%3A10/state",
                body: wish
            )
            #expect(begun.status == 202)
            #expect(try begun.decoded(as: [VIPStatus].self).map(\.name) == ["web", "web-v6"])
        }
        #expect(
            director.requests == ["drain soft vip(203.0.113.10),vip(2001:db8:113::10)"]
        )
    }

    /// A VIP that left the configuration: its drain can be ended, and nothing else be done with it.
    @Test func endsADrainThatIsKept() async throws {
        director.change { snapshot in
            snapshot.keptDrains = [
                KeptDrainStatus(
                    address: "203.0.113.99",
                    vip: "old",
                    reason: "disk",
                    by: "root",
                    since: snapshot.takenAt
                )
            ]
        }
        try await director.serving { client in
            for name in ["old", "203.0.113.99"] {
                let path = "/v1/vips/\(name)/state"
                let failure = try await client.failure(.put, path, body: #"{"state":"drained"}"#)
                #expect(failure.fault.summary == "\(name) is not in the configuration")
                #expect(failure.fault.fix == "penstock undrain old")
                let seen = try await client.failure(.get, "/v1/vips/\(name)/explain")
                #expect(seen.fault.because.contains("its drain is kept") == true)
                let ended = try await client.send(.put, path, body: #"{"state":"active"}"#)
                #expect(ended.status == 200)
            }
            let report: OperationReport = try await client.get(OperationReport.path(vip: "old"))
            #expect(report.state == .none)
        }
        #expect(director.requests == Array(repeating: "undrain vip(203.0.113.99)", count: 2))
    }

    @Test func aTransientDrainIsTheWholeDirectors() async throws {
        try await director.serving { client in
            let wish = #"{"state":"drained","transient":true}"#
            _ = try await client.send(.put, "/v1/node/state", body: wish)
            let failure = try await client.failure(.put, "/v1/vips/web/state", body: wish)
            #expect(failure.fault.because == "a drain of one VIP is always kept")
        }
        #expect(director.requests == ["drain soft node transient"])
    }

    @Test func operationsSayHowADrainComesAlong() async throws {
        try await director.serving { client in
            let calm: OperationReport = try await client.get("/v1/operations/drain")
            #expect(calm.state == .none && calm.drain == nil && calm.vip == nil)
            let draining = try SampleSnapshot.draining(.withdrawing, left: 1)
            director.change { $0 = draining }
            let running: OperationReport = try await client.get("/v1/operations/drain")
            #expect(running.state == .running && running.drain?.left == 1)
            director.change { $0.vips[0].drain = draining.node.drain }
            let vip = try SampleSnapshot.calm().vips[0].name
            let ofVIP: OperationReport = try await client.get(OperationReport.path(vip: vip))
            #expect(ofVIP.state == .running && ofVIP.vip == vip)
            let quiet = try SampleSnapshot.draining(.done, ending: "quiet")
            director.change { $0 = quiet }
            let done: OperationReport = try await client.get("/v1/operations/drain")
            #expect(done.state == .done)
            let failure = try await client.failure(.get, "/v1/operations/drain-nope")
            #expect(failure.fault.code == "D404")
        }
    }

    @Test func reloadsAndPlans() async throws {
        try await director.serving { client in
            let reload = try await client.send(.post, "/v1/reload")
            #expect(try reload.decoded(as: ReloadReport.self).changed)
            let fromFile: PlanReport = try await client.get("/v1/plan")
            #expect(fromFile.source == "file")
            let text = String(repeating: "vips: []\n", count: 100_000)
            let fromText = try await client.send(.post, "/v1/plan", body: text)
            #expect(try fromText.decoded(as: PlanReport.self).source == "request")
        }
        #expect(director.requests == ["reload", "plan -1", "plan 900000"])
    }

    // MARK: Refusing

    @Test(arguments: [
        (ControlClient.Method.get, "/v1/vips/nope", "D404", "there is no VIP nope"),
        (.get, "/v1/nope", "D409", "there is no GET /v1/nope"),
        (.get, "/", "D409", "there is no GET /"),
        (.put, "/v1/status", "D405", "/v1/status does not take PUT"),
        (.get, "/v1/reload", "D405", "/v1/reload does not take GET"),
    ])
    func saysWhatThereIsNot(
        method: ControlClient.Method,
        path: String,
        code: String,
        summary: String
    ) async throws {
        let failure = try await director.serving { try await $0.failure(method, path) }
        #expect(failure.kind == .refused)
        #expect(failure.fault.code == code)
        #expect(failure.fault.summary == summary)
    }

    @Test(arguments: [
        ("", "the body is not JSON"),
        ("{}", #""state" is missing"#),
        (#"{"state":"off"}"#, #""state": "#),
        (#"{"state":"drained","mode":"slow"}"#, #""mode": "#),
        (#"{"state":"drained","for":"2"}"#, #""for" is "2""#),
        (#"{"state":"drained","reason":"a\nb"}"#, "the reason contains control characters"),
        (#"{"state":"drained","reason":"\u001b[2J"}"#, "the reason contains control characters"),
        (
            #"{"state":"drained","reason":"\#(String(repeating: "x", count: 257))"}"#,
            "the reason has more than 256 bytes"
        ),
    ])
    func refusesWishesItDoesNotUnderstand(body: String, because: String) async throws {
        let failure = try await director.serving {
            try await $0.failure(.put, "/v1/node/state", body: body)
        }
        #expect(failure.fault.code == "D406")
        #expect(failure.fault.because.hasPrefix(because))
        #expect(director.requests.isEmpty)
    }

    @Test(arguments: [
        (Refusal.Kind.conflict, ControlFailure.Kind.refused), (.notNow, .late),
        (.failed, .refused), (.invalidConfiguration, .invalidConfiguration),
    ])
    func passesOnEveryRefusal(kind: Refusal.Kind, expected: ControlFailure.Kind) async throws {
        let fault = Fault(code: "C101", summary: "no", because: "of this", fix: "do that")
        let problem = ConfigurationProblem(
            code: "C110",
            file: "p.yaml",
            line: 3,
            column: 5,
            text: "unknown key",
            rendered: "p.yaml:3:5: error[C110]: unknown key"
        )
        director.refuse(Refusal(kind, fault, problems: [problem]))
        let failure = try await director.serving { try await $0.failure(.post, "/v1/reload") }
        #expect(failure == ControlFailure(expected, fault, problems: [problem]))
    }

    @Test func refusesABodyThatIsTooLarge() async throws {
        let text = String(repeating: "x", count: ControlLimits.requestBytes + 1)
        let failure = try await director.serving {
            try await $0.failure(.post, "/v1/plan", body: text)
        }
        #expect(failure.fault.code == "D407")
        #expect(director.requests.isEmpty)
    }
}
