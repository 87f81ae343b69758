import Testing

/// The real tree keeps the rules.
@Suite struct RepositoryTests {
    @Test(arguments: Rule.all)
    func keeps(_ rule: Rule) {
        let findings = Repository.swiftFiles.flatMap(rule.findings)
        for finding in findings { Issue.record("\(finding)") }
    }

    @Test func readsTheTreeAtAll() {
        let paths = Set(Repository.swiftFiles.map(\.path))
        #expect(paths.contains("Sources/Net/Prefix.swift"))
        #expect(paths.contains("Tests/TidyTests/RepositoryTests.swift"))
    }

    @Test func hasNothingElseAtTheTop() throws {
        let unknown = Set(try Repository.topLevelEntries()).subtracting(Repository.topLevel)
        #expect(unknown.isEmpty, "move these below an entry of Repository.topLevel")
    }

    @Test func wallsNameOnlyWhatTheManifestHas() throws {
        let manifest = try Repository.text(of: "Package.swift")
        let modules = Wall.all.values.reduce(into: Set<String>()) { $0.formUnion($1.modules) }
        for module in modules.subtracting(Wall.toolchain).sorted() {
            #expect(manifest.contains("\"\(module)\""), "Wall.swift opens a door to nowhere")
        }
    }

    @Test func everyFileOfLogicIsNamedByATest() {
        for finding in TestCoverage.findings(in: Repository.swiftFiles) {
            Issue.record("\(finding)")
        }
        let paths = Set(Repository.swiftFiles.map(\.path))
        for excused in TestCoverage.excused.keys {
            #expect(paths.contains(excused), "excused in TestCoverage.swift, and gone")
        }
    }

    @Test func standsAlone() throws {
        let paths =
            try Repository.paths(below: "Sources", "Tests", "integration", "examples", ".ci")
            + ["Package.swift", "README.md", "CONTRIBUTING.md"].filter(Repository.exists)
        for path in paths where !path.hasSuffix(".bin") {
            let text = try Repository.text(of: path)
            for finding in StandingAlone.findings(path: path, text: text) {
                Issue.record("\(finding)")
            }
        }
    }
}

/// The checks over more than one file find what is planted.
@Suite struct RepositoryCheckTests {
    @Test func findsLogicThatNoTestNames() {
        let type = SourceFile(
            path: "Sources/Core/Gate.swift",
            text: "package struct Gate { package func a() { if b {} } }"
        )
        let addition = SourceFile(
            path: "Sources/Core/Difference.swift",
            text: "extension Slice { package func difference(from a: Self) { for b in c {} } }"
        )
        let part = SourceFile(
            path: "Sources/Core/Slice+Text.swift",
            text: "extension Slice { package var text: String { if b {} } }"
        )
        let values = SourceFile(path: "Sources/Core/Port.swift", text: "package struct Port {}")
        let hidden = SourceFile(path: "Sources/Core/A.swift", text: "struct A { if b {} }")
        let quiet = SourceFile(path: "Tests/CoreTests/ATests.swift", text: "// Gate\nSlice().a()")
        let files = [type, addition, part, values, hidden, quiet]
        let found = TestCoverage.findings(in: files, excused: [:])
        #expect(found.map(\.path) == [type.path, addition.path])
        #expect(found.first?.advice.hasPrefix("no test names Gate:") == true)

        let loud = SourceFile(path: "Tests/CoreTests/B.swift", text: "Gate(c.difference(from: d))")
        #expect(TestCoverage.findings(in: files + [loud], excused: [:]).isEmpty)
        #expect(
            TestCoverage.findings(in: files, excused: [type.path: "because"]).map(\.path)
                == [addition.path]
        )
    }

    @Test(arguments: StandingAlone.places)
    func findsPrivatePlaces(place: String) {
        let found = StandingAlone.findings(path: "a.md", text: "one\nsee \(place)x\n")
        #expect(found.map(\.line) == [2])
    }

    @Test func leavesPartsOfOtherPathsAlone() {
        let text = "cd $LAB/wo" + "rk/ and \"$1\"/wo" + "rk/ and net/wo" + "rk/\n"
        #expect(StandingAlone.findings(path: "a.md", text: text).isEmpty)
    }

    @Test(
        arguments: zip(
            [".build", "a.swp", "Package.resolved", "build", "swp", "tmp-1"],
            [true, true, true, false, false, true]
        )
    )
    func ignoresWhatGitIgnores(name: String, isIgnored: Bool) {
        let names = IgnoredNames("# comment\n.build/\n*.swp\n\nPackage.resolved\n/tmp-*\n")
        #expect(names.holds(name[...]) == isIgnored)
    }
}
