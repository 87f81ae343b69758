/// A rule of the house about one file: a pure function from a file to what breaks the rule in it.
struct Rule: Sendable, CustomStringConvertible {
    /// One or two words, as they appear in a finding.
    let name: String
    /// The places that break the rule.
    let findings: @Sendable (SourceFile) -> [Finding]

    var description: String { name }

    /// Every rule; a new one is in force once it is in this list.
    static let all: [Rule] = [
        .imports, .unsafety, .fileLength, .lineLength, .functionLength, .bannedWords,
        .unfinished, .clocks, .chance, .uncheckedSendable, .unboundedStreams, .emptyCatch,
        .endlessLoops, .typeNames, .machines, .effects, .summaries,
    ]

    /// What all rules find in all files, in the order of the files.
    static func findings(in files: [SourceFile]) -> [Finding] {
        files.flatMap { file in all.flatMap { $0.findings(file) } }
    }
}
