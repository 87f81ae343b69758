/// What the README promises, checked against what is there.
///
/// A path that it names exists; a path that it tells the reader to run is a program; a verb of
/// `penstock` that it shows is one; every example is introduced, and every introduced one exists.
struct Readme {
    /// The lines of the text.
    private let lines: [Substring]
    /// The numbers, from 0, of the lines inside fenced blocks that hold commands.
    private let commandLines: [Int]

    /// Reads Markdown; blocks of commands are marked `sh` or `console`.
    init(_ text: String) {
        lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        var commandLines: [Int] = []
        var fence: Substring?
        for (number, line) in lines.enumerated() {
            if line.hasPrefix("```") {
                fence = fence == nil ? line.dropFirst(3) : nil
            } else if fence == "sh" || fence == "console" && line.hasPrefix("$ ") {
                commandLines.append(number)
            }
        }
        self.commandLines = commandLines
    }

    /// The folders whose files a README names by their path.
    private static let folders = [
        "integration/", "examples/", "Sources/", "Tests/", ".ci/",
    ]

    /// The paths of this repository in the text, with the first line that names each.
    var paths: [(path: String, line: Int)] {
        var seen: Set<String> = []
        return lines.enumerated().flatMap { number, line in
            line.split { !($0.isLetter || $0.isNumber || "/._-+".contains($0)) }
                .map { word in word.hasPrefix("./") ? word.dropFirst(2) : word }
                .map { word in word.hasSuffix(".") ? word.dropLast() : word }
                .filter { word in
                    Self.folders.contains { word.hasPrefix($0) && word.count > $0.count }
                }
                .filter { seen.insert(String($0)).inserted }
                .map { (String($0), number) }
        }
    }

    /// The words of every command: comments, prompts and `sudo` are taken off.
    var commands: [(words: [Substring], line: Int)] {
        commandLines.compactMap { number in
            var words = lines[number].prefix { $0 != "#" }.split(separator: " ")
            while let first = words.first, first == "$" || first == "sudo" { words.removeFirst() }
            return words.isEmpty ? nil : (words, number)
        }
    }

    /// The lines of the first fenced block of a language, or nil without one.
    func block(of language: String) -> [Substring]? {
        guard let start = lines.firstIndex(of: "```\(language)") else { return nil }
        return Array(lines[(start + 1)...].prefix { !$0.hasPrefix("```") })
    }

    /// What does not hold, given what is there.
    func findings(
        examples: [String],
        verbs: Set<String>,
        exists: (String) -> Bool,
        isExecutable: (String) -> Bool
    ) -> [Finding] {
        let missing = paths.filter { !exists($0.path) }
            .map { finding($0.line, "`\($0.path)` does not exist") }
        let named = Set(paths.map(\.path))
        let unnamed = examples.filter { !named.contains($0) }
            .map { finding(lines.count - 1, "`\($0)` is mentioned nowhere: say what it is for") }
        let wrong = commands.compactMap { words, line -> Finding? in
            let program =
                words[0].hasPrefix("./") ? String(words[0].dropFirst(2)) : String(words[0])
            if Self.folders.contains(where: program.hasPrefix) {
                return isExecutable(program) ? nil : finding(line, "`\(program)` cannot be run")
            }
            guard program == "penstock", words.count > 1 else { return nil }
            let verb = String(words[1])
            return verbs.contains(verb) ? nil : finding(line, "`penstock \(verb)` is no verb")
        }
        return missing + unnamed + wrong
    }

    private func finding(_ line: Int, _ advice: String) -> Finding {
        Finding(path: "README.md", line: line + 1, rule: "readme", advice: advice)
    }
}
