/// Which files of logic no test speaks of.
///
/// Not a measure of how well they are tested; it catches the file that came without any test.
enum TestCoverage {
    /// Files that need no test that names them, each with the reason.
    static let excused: [String: String] = [
        "Sources/Net/AddressFamily.swift": "its two cases are in every test of IPAddress"
    ]

    /// The files with a decision in them, of whose types no test names one.
    static func findings(
        in files: [SourceFile],
        excused: [String: String] = Self.excused
    ) -> [Finding] {
        let words = Set(
            files.filter { $0.path.hasPrefix("Tests/") }.flatMap { $0.tokens.map(\.text) }
        )
        return files.filter { $0.target != nil && $0.decides && excused[$0.path] == nil }
            .filter { words.isDisjoint(with: $0.nouns) }
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

    /// What the file is about: its types and its own name up to a `+`.
    fileprivate var nouns: Set<String> {
        let noun = name.split(separator: "+").first.map(String.init) ?? name
        return Set(declaredTypes.map(\.name)).union([noun])
    }
}
