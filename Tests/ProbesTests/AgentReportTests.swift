import Core
@testable import Probes
import Testing
import TestSupport

/// What servers say of themselves, in HAProxy's words.
@Suite struct AgentReportTests {
    @Test(
        arguments: [
            ("75%", 75, nil, nil, ""),
            ("0%", 0, nil, nil, ""),
            ("up", nil, nil, .up, ""),
            ("ready", nil, .ready, nil, ""),
            ("up ready 100%", 100, .ready, .up, ""),
            ("UP,READY,\t50%", 50, .ready, .up, ""),
            ("drain", nil, .drain, nil, ""),
            ("maint maxconn:30 nonsense", nil, .maint, nil, ""),
            ("down#disk full, up", nil, nil, .down, "disk full, up"),
            ("stopped #", nil, nil, .stopped, ""),
            ("failed up", nil, nil, .up, ""),
            ("fail", nil, nil, .fail, ""),
        ] as [(String, Int?, AgentReport.Wish?, AgentReport.Health?, String)]
    )
    func reads(
        line: String,
        percent: Int?,
        wish: AgentReport.Wish?,
        health: AgentReport.Health?,
        description: String
    ) throws {
        let report = try AgentReport(parsing: Array(line.utf8)[...])
        #expect(report.word.percent == percent)
        #expect(report.word.wish == wish)
        #expect(report.word.health == health)
        #expect(report.description == Array(description.utf8))
    }

    @Test(arguments: [
        ("", AgentReport.Fault.nothingSaid), (" , ", .nothingSaid), ("#up", .nothingSaid),
        ("maxconn:30", .nothingSaid), ("%", .badWeight), ("-1%", .badWeight), ("1.5%", .badWeight),
        ("1001%", .badWeight), ("99999999999999999999%", .badWeight), ("up x%", .badWeight),
        (String(repeating: "up ", count: 400), .tooLong),
    ])
    func refuses(line: String, fault: AgentReport.Fault) {
        #expect(throws: fault) { try AgentReport(parsing: Array(line.utf8)[...]) }
    }

    @Test func aLineEndsOrTheConnectionDoes() {
        let bytes = Array("up\r\ndown".utf8)[...]
        #expect(AgentReport.line(in: bytes, isWhole: false) == Array("up".utf8)[...])
        #expect(AgentReport.line(in: Array("u".utf8)[...], isWhole: false) == nil)
        #expect(AgentReport.line(in: Array("u".utf8)[...], isWhole: true) == Array("u".utf8)[...])
    }

    @Test(arguments: UInt64(0)..<30)
    func survivesNoise(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let letters = Array("updownraintmsfl0123456789% ,#\t".utf8) + [0, 0xff]
        for _ in 0..<300 {
            let line = (0..<Int.random(in: 0...30, using: &generator)).map { _ in
                letters.randomElement(using: &generator) ?? 0
            }
            do throws(AgentReport.Fault) {
                let report = try AgentReport(parsing: line[...])
                #expect((0...AgentReport.mostPercent).contains(report.word.percent ?? 0))
            } catch {
                #expect(error != .tooLong, "seed \(seed)")
            }
        }
    }
}
