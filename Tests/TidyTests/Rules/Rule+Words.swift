/// A word that the house does without, and what serves instead.
struct BannedWord: Sendable {
    /// Which files do without it.
    enum Scope: Sendable {
        /// Every Swift file.
        case everywhere
        /// What a target ships; a test may.
        case sources
        /// `Net` and `Core`.
        case pure
    }

    /// The tokens in a row; a first one that is a name does not match a member of that name.
    let tokens: [String]
    let scope: Scope
    let instead: String

    /// The word as it is written.
    var text: String { tokens.joined() }

    /// The table.
    static let all: [BannedWord] = [
        BannedWord(
            tokens: ["print", "("],
            scope: .sources,
            instead: "log it, or return it; the command line writes through its Terminal"
        ),
        BannedWord(
            tokens: ["try", "!"],
            scope: .everywhere,
            instead: "handle the error, or let the test throw it"
        ),
        BannedWord(
            tokens: ["try", "?"],
            scope: .sources,
            instead: "catch the error and say what becomes of it; every fault has a text"
        ),
        BannedWord(
            tokens: ["Task", ".", "detached"],
            scope: .everywhere,
            instead: "use a task group: a task nobody waits for outlives its reason"
        ),
        BannedWord(
            tokens: ["nonisolated", "(", "unsafe", ")"],
            scope: .everywhere,
            instead: "give the state an owner, or put it behind a Mutex"
        ),
        BannedWord(
            tokens: ["fatalError", "("],
            scope: .everywhere,
            instead: "use preconditionFailure with a sentence for a bug, throw for the world"
        ),
        BannedWord(
            tokens: ["Task", ".", "sleep"],
            scope: .pure,
            instead: "answer when to be asked again and let the caller wait"
        ),
        BannedWord(
            tokens: ["Date", "("],
            scope: .pure,
            instead: "take the time as an argument"
        ),
    ]

    fileprivate func applies(to file: SourceFile) -> Bool {
        switch scope {
        case .everywhere: return true
        case .sources: return file.target != nil
        case .pure: return file.isPure
        }
    }

    fileprivate func matches(_ file: SourceFile, at index: Int) -> Bool {
        for (offset, text) in tokens.enumerated() {
            let token = file.token(index + offset)
            guard token.text == text else { return false }
            // `try !isEmpty` negates; only a mark without a blank before it belongs to `try`.
            if text == "!" || text == "?", !token.isAttached { return false }
        }
        // `output.print(…)` and `func print(…)` are somebody's own, and have a name of their own.
        let before = file.token(index - 1).text
        return !file.token(index).isWord || (before != "." && before != "func")
    }
}

extension Rule {
    /// Words that have a better replacement.
    static let bannedWords = Rule(name: "banned word") { file in
        BannedWord.all.filter { $0.applies(to: file) }.flatMap { word in
            file.tokens.indices.filter { word.matches(file, at: $0) }.map { index in
                file.finding(
                    "banned word",
                    at: file.tokens[index].line,
                    "`\(word.text)`: \(word.instead)"
                )
            }
        }
    }

    /// Marks of unfinished work; they are spelt in halves so that this file does not hold them.
    static let unfinished = Rule(name: "unfinished") { file in
        let marks = ["FIX" + "ME", "TO" + "DO", "XX" + "X"]
        return file.lines.indices.flatMap { line in
            let words = Token.all(in: [file.comments[line] + " " + file.code[line]])
            return marks.filter { mark in words.contains { $0.text == mark } }.map { mark in
                file.finding("unfinished", at: line, "`\(mark)`: do it now, or write an issue")
            }
        }
    }

    /// Time is an argument in the pure targets; `scene.now`, a value that was handed in, is one.
    static let clocks = Rule(name: "clock") { file in
        guard file.isPure else { return [] }
        return file.tokens.indices.compactMap { index in
            guard file.tokens[index].text == "now", file.token(index - 1).text == "." else {
                return nil
            }
            let owner = file.token(index - 2)
            let isValue =
                owner.isWord && owner.text.first?.isUppercase == false
                && !owner.text.lowercased().hasSuffix("clock") && owner.text != "return"
            guard !isValue else { return nil }
            return file.finding(
                "clock",
                at: file.tokens[index].line,
                "take the time as an argument and let the caller read the clock"
            )
        }
    }

    /// Chance is an argument in the pure targets: a seed then repeats the whole run.
    static let chance = Rule(name: "chance") { file in
        guard file.isPure else { return [] }
        let names: Set = ["random", "randomElement", "shuffled", "shuffle"]
        return file.tokens.indices.compactMap { index in
            guard names.contains(file.tokens[index].text), file.token(index - 1).text == ".",
                file.token(index + 1).text == "("
            else { return nil }
            let arguments = file.tokens[index...file.close(of: index + 1)]
            guard !arguments.contains(where: { $0.text == "using" }) else { return nil }
            return file.finding(
                "chance",
                at: file.tokens[index].line,
                "hand a generator in and pass it on with `using:`"
            )
        }
    }
}
