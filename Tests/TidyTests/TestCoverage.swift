/// Which files of logic no test speaks of.
///
/// Not a measure of how well they are tested; it catches what came without any test. A file that
/// shows other targets nothing is tested through those of its own target that do.
enum TestCoverage {
    /// Files that need no test that names them, each with the reason.
    static let excused: [String: String] = [
        "Sources/Net/AddressFamily.swift": "its two cases are in every test of IPAddress"
    ]

    /// The files with a decision in them, of whose nouns no test names one.
    static func findings(
        in files: [SourceFile],
        excused: [String: String] = Self.excused
    ) -> [Finding] {
        let words = Set(
            files.filter { $0.path.hasPrefix("Tests/") }.flatMap { $0.tokens.map(\.text) }
        )
        return files.filter { $0.target != nil && $0.decides && excused[$0.path] == nil }
            .filter { !$0.nouns.isEmpty && words.isDisjoint(with: $0.nouns) }
            .map { file in
                file.finding(
                    "untested",
                    at: 0,
                    "no test names \(file.nouns.sorted().joined(separator: " or ")): write one, "
                        + "or excuse the file in TestCoverage.swift with a reason"
                )
            }
    }
}

extension SourceFile {
    /// True when the file takes a decision, so that it can take the wrong one.
    fileprivate var decides: Bool {
        let branches: Set = ["if", "guard", "switch", "for", "while", "repeat", "catch"]
        return tokens.contains { branches.contains($0.text) }
    }

    /// What a test would name: the types that the file shows, or what it adds to another one;
    /// `Gate+Services.swift` is a part of `Gate`.
    fileprivate var nouns: Set<String> {
        let shown = Set(exposedDeclarations.map(\.name)).subtracting(["init", "subscript"])
        let types = Set(declaredTypes.map(\.name)).intersection(shown)
        guard types.isEmpty, !shown.isEmpty else { return types }
        return shown.union(name.split(separator: "+").dropLast().map(String.init))
    }
}
