import Core
import Daemon
import Foundation
import Testing

@testable import penstock

/// What an emergency stop says, and what it ends with.
@Suite struct StopScreenTests {
    private static func report(_ json: String) throws -> StopReport {
        try JSONDecoder().decode(StopReport.self, from: Data(json.utf8))
    }

    private static func gone() throws -> StopReport {
        try report(
            """
            {"speaker": "bgpd", "silentPeers": ["10.0.0.2 (Idle)"], "isSeen": true,
             "wasToldUnseen": false, "isLate": false, "routes": [
              {"prefix": "203.0.113.10/32", "configured": false,
               "wasSentTo": ["10.0.0.1"], "stillSentTo": []}]}
            """
        )
    }

    /// Not seen withdrawn, and yet nothing is left that could be announced.
    @Test func saysWhatWasTakenOutOfTheKernel() throws {
        let report = try Self.report(
            """
            {"speaker": "bgpd", "silentPeers": [], "isSeen": false, "wasToldUnseen": false,
             "isLate": false, "routes": [], "clearedFromKernel": ["203.0.113.10/32"],
             "fault": {"code": "F102", "summary": "not running", "because": "", "fix": ""}}
            """
        )
        #expect(
            plain(StopScreen.lines([report])) == [
                "→ 1 kernel route removed: a bgpd that starts has none to announce"
            ]
        )
        #expect(StopScreen.status([report]) == .unreachable)
    }

    @Test func saysWhatIsGoneAndWhoCannotBeTold() throws {
        let lines = try plain(StopScreen.lines([Self.gone()]))
        #expect(
            lines == [
                "✓ 203.0.113.10/32  withdrawn; no longer sent to 10.0.0.1",
                "→ no owned prefix is announced any more; without a session, cannot be told: "
                    + "10.0.0.2 (Idle)",
            ]
        )
        #expect(try StopScreen.status([Self.gone()]) == .success)
    }

    @Test func saysWhatIsStillThere() throws {
        var report = try Self.gone()
        report.routes[0].stillSentTo = ["10.0.0.1"]
        report.silentPeers = []
        report.isLate = true
        #expect(
            plain(StopScreen.lines([report])) == [
                "✗ 203.0.113.10/32  still no longer configured in bgpd, sent to 10.0.0.1",
                "→ not seen withdrawn",
            ]
        )
        #expect(StopScreen.status([report]) == .temporary)
    }

    @Test func namesDaemonsOnlyWhereThereAreSeveral() throws {
        var other = try Self.gone()
        other.speaker = "edge"
        let lines = try plain(StopScreen.lines([Self.gone(), other]))
        #expect(lines[0].hasPrefix("✓ bgpd  203.0.113.10/32"))
        #expect(lines[3].hasPrefix("→ edge: no owned prefix"))
    }

    @Test func previewsWithoutAnAnswer() throws {
        var report = try Self.gone()
        report.routes[0].configured = true
        report.routes[0].stillSentTo = ["10.0.0.1"]
        #expect(
            plain(StopScreen.preview([report])) == [
                "1 prefix would be withdrawn:",
                "  203.0.113.10/32  configured in bgpd, sent to 10.0.0.1",
            ]
        )
        report.routes = []
        #expect(plain(StopScreen.preview([report])) == ["nothing of ours is announced"])
    }

    @Test(arguments: [
        ("F101", false, penstock.ExitStatus.unreachable), ("F102", false, .unreachable),
        ("F103", false, .forbidden), ("F108", true, .refused), ("F104", false, .problem),
    ])
    func endsAsTheFaultSays(code: String, isSeen: Bool, status: penstock.ExitStatus) throws {
        var report = try Self.gone()
        report.routes[0].configured = true
        report.fault = Fault(code: code, summary: "x")
        report.isSeen = isSeen
        #expect(StopScreen.status([report]) == status)
        #expect(try StopScreen.status([Self.gone(), report]) == status)
        #expect(StopScreen.faults([report]).map(\.code) == [code])
    }
}
