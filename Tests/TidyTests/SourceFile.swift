/// One Swift file of the repository, as the rules look at it.
struct SourceFile: Sendable {
    /// The path from the top of the repository, such as `Sources/Core/Gate.swift`.
    let path: String
    /// The lines as written.
    let lines: [String]
    /// The lines with comments and literals blanked.
    let code: [String]
    /// The lines with everything but comments blanked.
    let comments: [String]
    /// The words and marks of the code, in order.
    let tokens: [Token]

    /// The file of this text, wherever the text came from.
    init(path: String, text: String) {
        let source = SourceText(text)
        self.path = path
        lines = source.lines
        code = source.code
        comments = source.comments
        tokens = Token.all(in: source.code)
    }

    /// The folder below `Sources`, or nil for a file that no target ships.
    var target: String? {
        let parts = path.split(separator: "/")
        return parts.count > 2 && parts[0] == "Sources" ? String(parts[1]) : nil
    }

    /// `Gate` for `Sources/Core/Gate.swift`.
    var name: String {
        let file = path.split(separator: "/").last ?? ""
        return String(file.prefix { $0 != "." })
    }

    /// True for the targets whose behaviour is a function of their arguments.
    var isPure: Bool { target == "Net" || target == "Core" }

    /// A finding of `rule` on the line `line`, counted from 0.
    func finding(_ rule: String, at line: Int, _ advice: String) -> Finding {
        Finding(path: path, line: line + 1, rule: rule, advice: advice)
    }

    /// The token at `index`, or an empty one beyond either end.
    func token(_ index: Int) -> Token {
        tokens.indices.contains(index) ? tokens[index] : Token(text: "", line: lines.count)
    }

    /// The index of the mark that closes the one at `open`; the last token when none does.
    func close(of open: Int) -> Int {
        let pairs = ["(": ")", "[": "]", "{": "}"]
        let opening = token(open).text
        guard let closing = pairs[opening] else { return open }
        var depth = 0
        for index in open..<tokens.count {
            if tokens[index].text == opening { depth += 1 }
            if tokens[index].text == closing { depth -= 1 }
            if depth == 0 { return index }
        }
        return tokens.count - 1
    }

    /// True when the line, counted from 0, or the one above holds a comment.
    func isExplained(_ line: Int) -> Bool {
        [line, line - 1].contains { lines.indices.contains($0) && comments[$0].hasText }
    }
}

/// A word or a single mark of the code, and its line counted from 0.
struct Token: Sendable {
    let text: String
    let line: Int
    /// True when no blank and no line break lies before it.
    var isAttached = false

    /// True for a name or a keyword, false for a mark.
    var isWord: Bool { text.first.map(Self.isWordCharacter) ?? false }

    /// The tokens of lines that hold nothing but code.
    static func all(in code: [String]) -> [Token] {
        var tokens: [Token] = []
        for (number, line) in code.enumerated() {
            var rest = Substring(line)
            var isAttached = false
            while let first = rest.first {
                let word = rest.prefix(while: isWordCharacter)
                let text = word.isEmpty ? rest.prefix(1) : word
                rest = rest[text.endIndex...]
                if !first.isWhitespace {
                    tokens.append(
                        Token(text: String(text), line: number, isAttached: isAttached)
                    )
                }
                isAttached = !first.isWhitespace
            }
        }
        return tokens
    }

    private static func isWordCharacter(_ character: Character) -> Bool {
        character.isLetter || character.isNumber || character == "_" || character == "`"
    }
}

extension String {
    /// The string without the blanks at either end.
    var trimmed: String {
        String(drop(while: \.isWhitespace).reversed().drop(while: \.isWhitespace).reversed())
    }

    /// True when something other than blanks is in it.
    var hasText: Bool { contains { !$0.isWhitespace } }
}
