import API
import Core
import Testing
import penstock

struct FiguresTests {
    @Test(arguments: [
        (Duration.seconds(-5), "0s"), (.zero, "0s"), (.seconds(41), "41s"), (.seconds(119), "119s"),
        (.seconds(120), "2m"), (.seconds(7199), "119m"), (.seconds(7200), "2h"),
        (.seconds(172_799), "47h"), (.seconds(172_800), "2d"), (.seconds(1_036_800), "12d"),
    ])
    func ages(duration: Duration, text: String) { #expect(Figures.age(duration) == text) }

    @Test(arguments: [
        (Duration.zero, "0.0s"), (.milliseconds(449), "0.4s"), (.milliseconds(9999), "9.9s"),
        (.seconds(10), "10s"), (.seconds(59), "59s"), (.seconds(60), "1m00s"),
        (.seconds(3725), "62m05s"),
    ])
    func elapsedTimes(duration: Duration, text: String) {
        #expect(Figures.elapsed(duration) == text)
    }

    @Test(arguments: [
        (0.0, "0"), (0.5, "1"), (999, "999"), (1000, "1 000"), (41_203.4, "41 203"),
        (1_234_567, "1 234 567"), (-1234, "-1 234"), (.infinity, "9 000 000 000 000 000"),
    ])
    func groupedNumbers(number: Double, text: String) { #expect(Figures.grouped(number) == text) }

    @Test func momentsHaveNoMilliseconds() {
        #expect(Figures.moment(Timestamp(milliseconds: 250)) == "1970-01-01T00:00:00Z")
    }
}

struct PatienceTests {
    @Test(arguments: [
        ("500ms", Duration.milliseconds(500)), ("30s", .seconds(30)), ("5m", .seconds(300)),
        ("24h", .seconds(86_400)),
    ])
    func reads(text: String, duration: Duration) {
        #expect(Patience(argument: text)?.duration == duration)
    }

    @Test(arguments: [
        "", "5", "s", "0s", "-1s", "1.5s", "5 m", "25h", "1d", "1S", "٣s", "99999999999999999999s",
    ])
    func refuses(text: String) { #expect(Patience(argument: text) == nil) }
}

struct TableTests {
    @Test func alignsAndTrims() {
        var table = Table(columns: [.init("A"), .init("N", alignsRight: true), .init("C")])
        table.add(["long", "1", "x"])
        table.add(["é", "100"])
        #expect(plain(table.lines) == ["A       N  C", "long    1  x", "é     100"])
    }
}

struct StyledTextTests {
    @Test func escapesWhatActsOnATerminal() {
        let text = StyledText("a\u{1B}[31mb\nc\td\u{85}e\u{2028}f\u{200B}g")
        #expect(
            text.rendered(hasColor: false)
                == #"a\u{1B}[31mb\nc\td\u{0085}e\u{2028}f\u{200B}g"#
        )
    }

    @Test func leavesNoStyledSpaceAtTheEnd() {
        let text = StyledText("a", .good) + StyledText("  ", .bad)
        #expect(text.rendered(hasColor: true) == "\u{1B}[32ma\u{1B}[0m")
    }
}

struct ExitStatusTests {
    @Test func everyFailureHasItsCode() {
        let codes = ControlFailure.Kind.allCases.map { ExitStatus($0).rawValue }
        #expect(codes == [69, 77, 75, 65, 5, 1])
    }

    @Test func theHelpTextListsEveryCode() {
        for status in ExitStatus.allCases {
            #expect(ExitStatus.summary.contains("\(status.rawValue)  \(status.meaning)"))
        }
    }
}

struct FaultScreenTests {
    @Test func showsAFaultWithItsEvidenceAndFix() {
        let failure = ControlFailure(.unreachable, .notRunning("/run/x", because: "no socket"))
        #expect(
            plain(FaultScreen.lines(failure)) == [
                "penstock: error[D402]: penstock is not running",
                "  because  /run/x: no socket",
                "  fix      systemctl start penstock",
            ]
        )
    }

    @Test func showsTheErrorsOfAConfigurationAsTheyAre() {
        let problem = ConfigurationProblem(
            code: "C110",
            file: "p.yaml",
            line: 2,
            column: 1,
            text: "unknown key",
            rendered: "p.yaml:2:1: error[C110]: unknown key\n  2 | \u{1B}bogus: 1\n    | ^~~~~"
        )
        let failure = ControlFailure(
            .invalidConfiguration,
            Fault(code: "D416", summary: "kept the old configuration"),
            problems: [problem]
        )
        #expect(
            plain(FaultScreen.lines(failure)) == [
                "p.yaml:2:1: error[C110]: unknown key",
                #"  2 | \u{1B}bogus: 1"#,
                "    | ^~~~~",
                "penstock: error[D416]: kept the old configuration",
            ]
        )
    }
}
