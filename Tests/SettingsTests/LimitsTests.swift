import Core
import Settings
import Testing

/// Files that ask for too much: each is refused at once, whatever it would cost to read.
@Suite struct LimitsTests {
    private func refusal(_ text: String) throws -> Rejection {
        try #require(throws: Rejection.self) { try Sample.load(text) }
    }

    /// Nine levels of nine aliases each: 387 million values.
    private static let bomb = (1...9).reduce("a0: &a0 [x]\n") { text, level in
        let items = Array(repeating: "*a\(level - 1)", count: 9).joined(separator: ", ")
        return text + "a\(level): &a\(level) [\(items)]\n"
    }

    @Test func anAliasBombIsCounted() throws {
        let rejection = try refusal(Self.bomb)
        #expect(rejection.problems.map(\.code) == [.limit])
        #expect(rejection.problems.first?.message.contains("1000000 values") == true)
    }

    @Test(arguments: [
        "? *a9\n: x\n", "*a9 : x\n", "[*a9]: x\n", "b: { *a9 : x }\n", "{ [*a9]: x }\n",
    ])
    func anAliasBombAsAKeyIsNotEvenHashed(key: String) throws {
        let rejection = try refusal(Self.bomb + key)
        #expect(rejection.problems.map(\.code) == [.limit])
    }

    @Test(
        arguments: [
            String(repeating: "[", count: 40),
            String(repeating: "[", count: 40)
                + String(repeating: "]", count: 40), String(repeating: "- ", count: 40) + "x",
            String(repeating: "[", count: 100_000), String(repeating: "{a: ", count: 100_000),
            String(repeating: "- ", count: 100_000) + "x", String(repeating: "? ", count: 100_000),
        ]
    )
    func deepNestingIsRefused(text: String) throws {
        let code = try #require(try refusal(text).problems.first?.code)
        #expect([.limit, .syntax, .shape].contains(code))
    }

    @Test func theDeepestNestingIsTheLimit() throws {
        // The map of the document is one level, the list of lists under its key the rest.
        func nested(_ depth: Int) -> String {
            "a: " + String(repeating: "[", count: depth - 2) + "x"
                + String(repeating: "]", count: depth - 2)
        }
        #expect(try refusal(nested(Limits.depth + 1)).problems.map(\.code) == [.limit])
        #expect(try !refusal(nested(Limits.depth)).problems.map(\.code).contains(.limit))
    }

    @Test func aPoolUsedTooOftenIsCountedOnce() throws {
        let backends = (0..<4_000).map { "10.21.\($0 / 250).\($0 % 250 + 1)" }
        let list = "[\(backends.joined(separator: ", "))]"
        let services = (1...60).map { "      - { name: s\($0), listen: \($0)/tcp, pool: web }\n" }
        // What stands behind the limit is not looked at any more, whatever it is.
        let text =
            Sample.replacing("[10.20.0.11, 10.20.0.12]", with: list) + services.joined()
            + "      - { nonsense: 1 }\n"
        #expect(try refusal(text).problems.map(\.code) == [.limit])
    }

    @Test func suggestionsEndBeforeTheyCostTooMuch() throws {
        let names = (0..<300).map { "c\($0)x" }
        let checks = names.map { "  \($0): { type: tcp }\n" }.joined()
        let pools = names.map { "  p\($0): { checks: [\($0)y], backends: [10.20.0.1] }\n" }.joined()
        let text = Sample.replacing("checks:\n", with: "checks:\n" + checks)
            .replacing("pools:\n", with: "pools:\n" + pools)
        let problems = try refusal(text).problems
        #expect(problems.count == names.count)
        let helped = problems.filter { !$0.help.isEmpty }
        #expect(helped.count == Limits.suggestions)
    }

    @Test func listsHaveAnEnd() throws {
        let checks = (1...17).map { "{ type: tcp, port: \($0) }" }.joined(separator: ", ")
        let rejection = try refusal(Sample.replacing("[alive]", with: "[\(checks)]"))
        #expect(rejection.problems.map(\.code) == [.limit])
        let backends = (0...Limits.backendsPerService).map { "10.21.\($0 / 250).\($0 % 250 + 1)" }
        let list = "[\(backends.joined(separator: ", "))]"
        let full = Sample.replacing("[10.20.0.11, 10.20.0.12]", with: list)
        #expect(try refusal(full).problems.map(\.code) == [.limit])
        let allowed = "[\(backends.dropLast().joined(separator: ", "))]"
        let text = Sample.replacing("[10.20.0.11, 10.20.0.12]", with: allowed)
        let count = try Sample.load(text).intent.vips.first?.services.first?.backends.count
        #expect(count == Limits.backendsPerService)
    }

    @Test func aTextThatIsTooLongIsRefused() throws {
        let rejection = try refusal(String(repeating: "#", count: Limits.fileBytes + 1))
        #expect(rejection.problems.map(\.code) == [.limit])
    }

    @Test func onlySomeOfManyProblemsAreShown() throws {
        let backends = Array(repeating: "x", count: 50).joined(separator: ", ")
        let rejection = try refusal(Sample.replacing("10.20.0.11, 10.20.0.12", with: backends))
        #expect(rejection.problems.count == 50)
        let lines = rejection.description.split(separator: "\n")
        #expect(lines.filter { $0.contains("error[C204]") }.count == Limits.problemsShown)
        #expect(lines.last == "30 more errors")
    }

    @Test func manyRepeatedKeysEndSomewhere() throws {
        let keys = (0..<100).map { "k\($0): 1\nk\($0): 2\n" }.joined()
        let rejection = try refusal(keys)
        #expect(rejection.problems.map(\.code) == [.duplicateKey])
    }

    @Test func manyRepeatsOfOneKeyAreAllNamed() throws {
        let rejection = try refusal(Sample.text + String(repeating: "version: 1\n", count: 5))
        #expect(rejection.problems.map(\.code) == Array(repeating: .duplicateKey, count: 5))
    }
}
