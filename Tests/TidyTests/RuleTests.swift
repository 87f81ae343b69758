import Testing

/// Every rule finds what it is for, and leaves clean code alone.
@Suite struct RuleTests {
    @Test(arguments: Example.all)
    func findsWhatIsPlantedAndNoMore(_ example: Example) throws {
        let rule = try #require(Rule.all.first { $0.name == example.rule })
        let findings = rule.findings(SourceFile(path: example.path, text: example.text))
        #expect(findings.map(\.line) == example.lines, "\(findings)")
        #expect(findings.allSatisfy { $0.rule == example.rule && $0.path == example.path })
    }

    @Test(arguments: Rule.all)
    func hasAnExampleOfEachKind(_ rule: Rule) {
        let examples = Example.all.filter { $0.rule == rule.name }
        #expect(examples.contains { $0.lines.isEmpty }, "no clean example of \(rule)")
        #expect(examples.contains { !$0.lines.isEmpty }, "nothing shows that \(rule) can fail")
    }

    @Test(arguments: BannedWord.all.indices)
    func findsEveryBannedWord(index: Int) {
        let word = BannedWord.all[index]
        let text = "func f() {\n    \(word.text)\n}\n"
        let rule = Rule.bannedWords
        #expect(rule.findings(SourceFile(path: "Sources/Core/A.swift", text: text)).count == 1)
        let quoted = SourceFile(path: "Sources/Core/A.swift", text: "let a = \"\(word.text)\"\n")
        #expect(rule.findings(quoted).isEmpty)
    }

    @Test func tellsPlaceRuleAndRemedy() {
        let file = SourceFile(path: "Sources/Core/A.swift", text: "import Glibc\n")
        let text = Rule.imports.findings(file).map(\.description).joined()
        #expect(text.hasPrefix("Sources/Core/A.swift:1: imports: Core may not import Glibc"))
        #expect(text.contains("a system call belongs into Netlink"))
    }
}
