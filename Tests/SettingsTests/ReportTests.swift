import Settings
import Testing

/// The text that people get, where the tables of refusals do not reach.
@Suite struct ReportTests {
    private func report(_ text: String, _ spans: Span...) -> String {
        let source = Source(file: "f", text: text)
        return Report(spans.map { Problem(.text, at: $0, "m") }, in: source).text
    }

    @Test func nothingWrongIsNothingSaid() {
        #expect(report("a").isEmpty)
    }

    @Test(
        arguments: [
            // A tab takes one column, as it does in every editor's count of columns.
            ("\tab", Span(line: 1, column: 2, length: 2), "    1 |  ab\n      |  ^~\n"),
            // What could move the cursor or turn the line around is not passed on.
            (
                "a\u{1b}[2J\u{202e}b", Span(line: 1, column: 1),
                "    1 | a\u{fffd}[2J\u{fffd}b\n      | ^\n"
            ),
            // Behind the last character there is room for one caret.
            ("ab", Span(line: 1, column: 3), "    1 | ab\n      |   ^\n"),
            ("a\u{85}b\u{2028}c", Span(line: 3, column: 1), "    3 | c\n      | ^\n"),
        ]
    )
    func showsTheLine(text: String, span: Span, expected: String) {
        let place = "f:\(span.line):\(span.column): error[C117]: m\n"
        #expect(report(text, span) == place + expected)
    }

    @Test func aLongNumberWidensTheMargin() {
        let text = String(repeating: "\n", count: 123_455) + "ab"
        let expected = "f:123456:2: error[C117]: m\n123456 | ab\n       |  ^\n"
        #expect(report(text, Span(line: 123_456, column: 2)) == expected)
    }

    @Test(arguments: [0, 30, 100, 119, 120, 121, 500, 998, 999])
    func aLongLineIsCutAroundTheSpan(offset: Int) throws {
        var letters = Array(repeating: "x", count: 1_000)
        letters[offset] = "!"
        let lines = report(letters.joined(), Span(line: 1, column: offset + 1, length: 40))
            .split(separator: "\n").map(Array.init)
        let caret = try #require(lines[2].firstIndex(of: "^"))
        #expect(lines[1][caret] == "!")
        // Eight columns of margin and an ellipsis on either side come on top.
        #expect(lines[1].count <= Limits.columnsShown + 10)
        #expect(lines[2].count <= lines[1].count)
    }

    @Test(
        arguments: [
            (Span(line: 9, column: 9), Span(line: 2, column: 3)),
            (Span(line: 1, column: 9, length: 9), Span(line: 1, column: 4)),
            (Span(line: 1, column: 2, length: 9), Span(line: 1, column: 2, length: 2)),
            (Span(line: 0, column: 0), Span(line: 1, column: 1)),
        ]
    )
    func aSpanOutsideTheTextIsBroughtInside(span: Span, expected: Span) {
        #expect(Source(file: "f", text: "abc\nde\n").clamp(span) == expected)
    }

    @Test(arguments: [("", 1), ("a", 1), ("a\n", 1), ("a\r\nb\rc\n\nd", 5)])
    func linesEndWhereYAMLSaysSo(text: String, count: Int) {
        #expect(Source(file: "f", text: text).lines.count == count)
    }
}
