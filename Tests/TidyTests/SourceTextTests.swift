import Testing

/// What the lexer takes for code, for a comment, and for neither.
@Suite struct SourceTextTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let text: String
        let code: [String]
        var comments: [String] = []
        var testDescription: String { text }
    }

    static let cases = [
        Case(text: "let a = 1 // why", code: ["let a = 1"], comments: ["// why"]),
        Case(text: "a /* b /* c */ d */ e", code: ["a e"], comments: ["/* b /* c */ d */"]),
        Case(text: "a /* b\nc */ d", code: ["a", "d"], comments: ["/* b", "c */"]),
        Case(text: #"f("try! // no") + 1"#, code: ["f( ) + 1"]),
        Case(text: #"f("a \" b") + g"#, code: ["f( ) + g"]),
        Case(text: #"f("a \(g(1) + h) b") + i"#, code: ["f( g(1) + h ) + i"]),
        Case(text: #"f("a \(g("b \(h)")) c")"#, code: ["f( g( h ) )"]),
        Case(text: ##"f(#"a " \(b) \#(c) d"#)"##, code: ["f( c )"]),
        Case(
            text: "let s = \"\"\"\n  try! \"x\"\n  // y\n  \"\"\" + t",
            code: ["let s =", "", "", "+ t"]
        ),
        Case(text: "let r = #/\"try!\"/# + s", code: ["let r = + s"]),
        // A literal that nobody closed is over at the end of its line.
        Case(text: "f(\"open\nlet b = 2", code: ["f(", "let b = 2"]),
        Case(text: "let ü = \"é\" // ñ", code: ["let ü ="], comments: ["// ñ"]),
    ]

    @Test(arguments: cases)
    func takesApart(_ example: Case) {
        let source = SourceText(example.text)
        #expect(source.code.map(\.squeezed) == example.code)
        #expect(source.comments.map(\.squeezed).filter { !$0.isEmpty } == example.comments)
        #expect(source.lines.count == source.code.count)
    }

    @Test func joinsTheLinesAgain() {
        let text = "a\n\nb // c\n"
        #expect(SourceText(text).lines == ["a", "", "b // c"])
        #expect(SourceText("").lines == [])
    }
}

extension String {
    /// The words with one blank between them.
    fileprivate var squeezed: String { split(separator: " ").joined(separator: " ") }
}
