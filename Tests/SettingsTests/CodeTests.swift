import Foundation
import Settings
import Testing

/// The table of codes, and the form of problems for machines.
@Suite struct CodeTests {
    @Test(arguments: Code.allCases)
    func everyCodeIsExplained(code: Code) {
        #expect(code.explanation.count > 40)
        #expect(code.explanation.hasSuffix("."))
        #expect(code.explanation.hasSuffix(".") && !code.explanation.contains("\n"))
        #expect(code.description.wholeMatch(of: /C[12][0-9]{2}/) != nil)
    }

    /// The codes that other documents and people's scripts rely on.
    @Test(
        arguments: [
            ("C110", Code.unknownKey), ("C203", .quorumOrder), ("C204", .notAddress),
            ("C205", .duplicateVIP), ("C207", .notOwned),
        ]
    )
    func knownCodesKeepTheirMeaning(text: String, code: Code) {
        #expect(Code(rawValue: text) == code)
    }

    @Test func everyCodeIsShownBySomeTest() {
        let tables = [
            YAMLSourceRefusalTests.slips, SectionRefusalTests.slips, ValuesRefusalTests.slips,
            ChecksRefusalTests.slips, VIPsRefusalTests.slips, ServicesRefusalTests.slips,
            SchedulingRefusalTests.slips, WarningTests.slips, RoutingRefusalTests.slips,
            SpeakerRefusalTests.slips, CheckPathTests.slips,
        ]
        let reports = tables.joined().map(\.report).joined()
        // What needs a file on disk is shown by the tests of those.
        let shown = Code.allCases.filter { reports.contains("[\($0)]") }
        #expect(Set(Code.allCases).subtracting(shown) == [.unreadable, .permissions])
    }

    @Test func aProblemHasAFormForMachines() throws {
        let problem = Problem(.notAddress, at: Span(line: 3, column: 7, length: 4), "m", help: "h")
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys]
        let text = String(decoding: try encoder.encode(problem), as: UTF8.self)
        #expect(
            text == """
                {"code":"C204","column":7,"help":"h","length":4,"line":3,"message":"m",\
                "severity":"error"}
                """
        )
    }

    /// The examples of FNV's authors.
    @Test(
        arguments: [
            ("", "cbf29ce484222325"), ("a", "af63dc4c8601ec8c"), ("foobar", "85944171f73967e8"),
        ]
    )
    func theDigestIsFNV1a(text: String, expected: String) {
        #expect(Digest(of: text).description == expected)
    }
}
