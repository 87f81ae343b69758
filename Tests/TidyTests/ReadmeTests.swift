import Testing

/// The README names what is there, and all of the examples.
@Suite struct ReadmeTests {
    @Test func namesWhatIsThere() throws {
        let readme = Readme(try Repository.text(of: "README.md"))
        #expect(readme.commands.contains { $0.words == ["integration/demo"] })
        #expect(readme.commands.contains { $0.words == ["integration/test"] })
        let findings = readme.findings(
            examples: try Repository.paths(below: "examples"),
            verbs: try Self.verbs(),
            exists: Repository.exists,
            isExecutable: Repository.isExecutable
        )
        for finding in findings { Issue.record("\(finding)") }
    }

    @Test func showsTheMinimalExample() throws {
        let readme = Readme(try Repository.text(of: "README.md"))
        let example = try Repository.text(of: "examples/minimal.yaml").split(separator: "\n")
        #expect(readme.block(of: "yaml") == example.filter { !$0.hasPrefix("#") })
    }

    /// The verbs of the command line: each names itself with `commandName:`, or is the type's
    /// own name in lower case, as ArgumentParser has it.
    private static func verbs() throws -> Set<String> {
        var verbs: Set<String> = []
        for path in try Repository.paths(below: "Sources/penstock") where path.hasSuffix(".swift") {
            let file = SourceFile(path: path, text: try Repository.text(of: path))
            verbs.formUnion(file.declaredTypes.map { $0.name.lowercased() })
            for line in file.lines where line.contains("commandName: \"") {
                let parts = line.split(separator: "commandName: \"")
                if let verb = parts.last?.split(separator: "\"").first {
                    verbs.insert(String(verb))
                }
            }
        }
        return verbs
    }

    struct Case: Sendable, CustomTestStringConvertible {
        let text: String
        let finds: [String]
        var testDescription: String { text }
    }

    static let cases = [
        Case(text: "See `examples/a.yaml`.", finds: []),
        Case(text: "examples/a.yaml [b](examples/b.conf)", finds: ["`examples/b.conf` does not"]),
        Case(text: "Nothing.", finds: ["`examples/a.yaml` is mentioned nowhere"]),
        Case(text: "examples/a.yaml\n```sh\nintegration/demo  # runs it\n```", finds: []),
        Case(
            text: "examples/a.yaml\n```sh\nsudo ./integration/readme\n```",
            finds: ["`integration/readme` cannot be run"]
        ),
        Case(
            text: "examples/a.yaml\n```console\n$ penstock fly\npenstock says no\n```",
            finds: ["`penstock fly` is no verb"]
        ),
        Case(text: "examples/a.yaml\n```sh\npenstock status --json\n```", finds: []),
        // Other blocks hold samples, not commands.
        Case(text: "examples/a.yaml\n```text\npenstock fly\n```", finds: []),
    ]

    @Test func findsBlocksByLanguage() {
        let readme = Readme("```sh\na\n```\n```yaml\nb: 1\n\nc: 2\n```\n```yaml\nd\n```")
        #expect(readme.block(of: "yaml") == ["b: 1", "", "c: 2"])
        #expect(readme.block(of: "json") == nil)
    }

    @Test(arguments: cases)
    func findsWhatDoesNotHold(_ example: Case) {
        let present: Set = ["examples/a.yaml", "integration/demo", "integration/readme"]
        let findings = Readme(example.text).findings(
            examples: ["examples/a.yaml"],
            verbs: ["status"],
            exists: present.contains,
            isExecutable: { $0 == "integration/demo" }
        )
        #expect(findings.count == example.finds.count, "\(findings)")
        for (finding, start) in zip(findings, example.finds) {
            #expect(finding.advice.hasPrefix(start))
        }
    }
}
