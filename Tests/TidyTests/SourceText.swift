/// Swift text taken apart into what is code and what is comment; literals are in neither.
///
/// The rules look for words, and a word in a message or an example is not a use of it. This is
/// a lexer and no parser: it knows nested comments, all forms of string literal, the code inside
/// `\(…)`, and regex literals between `#/` and `/#`. A bare `/…/` is read as code, which matters
/// only if it holds a quote; the end of the line then ends the misunderstanding.
struct SourceText {
    /// The lines as written.
    let lines: [String]
    /// The lines with comments and literals blanked.
    let code: [String]
    /// The lines with everything but comments blanked.
    let comments: [String]

    /// Takes `text` apart.
    init(_ text: String) {
        var lexer = Lexer(bytes: Array(text.utf8))
        lexer.run()
        lines = Self.lines(of: Array(text.utf8))
        code = Self.lines(of: lexer.code)
        comments = Self.lines(of: lexer.comments)
    }

    private static func lines(of bytes: [UInt8]) -> [String] {
        var lines = bytes.split(separator: Lexer.newline, omittingEmptySubsequences: false)
            .map { String(decoding: $0, as: UTF8.self) }
        if lines.last == "" { lines.removeLast() }
        return lines
    }
}

/// One pass over the bytes; every byte goes to the code, the comments, or neither.
private struct Lexer {
    /// What encloses the place that is being read.
    private enum Frame {
        /// Code, and how many parentheses are open in it; code of depth 0 ends an interpolation.
        case code(parentheses: Int)
        /// A string literal with so many `#`, of one line or of three quotes.
        case string(pounds: Int, isMultiline: Bool)
    }

    static let newline = UInt8(ascii: "\n")

    let bytes: [UInt8]
    private(set) var code: [UInt8]
    private(set) var comments: [UInt8]
    private var index = 0
    private var frames: [Frame] = [.code(parentheses: 0)]

    init(bytes: [UInt8]) {
        self.bytes = bytes
        // Newlines stay in both, so that every line keeps its number.
        let blank = bytes.map { $0 == Self.newline ? $0 : UInt8(ascii: " ") }
        code = blank
        comments = blank
    }

    mutating func run() {
        while index < bytes.count {
            switch frames.last {
            case .string(let pounds, let isMultiline):
                readString(pounds: pounds, isMultiline: isMultiline)
            case .code(let parentheses): readCode(parentheses: parentheses)
            case nil: frames = [.code(parentheses: 0)]
            }
        }
    }

    private mutating func readCode(parentheses: Int) {
        if starts(with: "//") {
            while index < bytes.count, bytes[index] != Self.newline { takeComment() }
        } else if starts(with: "/*") {
            readBlockComment()
        } else if let pounds = poundsBefore("\"") {
            index += pounds
            let isMultiline = starts(with: "\"\"\"")
            index += isMultiline ? 3 : 1
            frames.append(.string(pounds: pounds, isMultiline: isMultiline))
        } else if let pounds = poundsBefore("/"), pounds > 0 {
            index += pounds + 1
            skip(past: "/" + String(repeating: "#", count: pounds))
        } else if starts(with: ")"), parentheses == 0, frames.count > 1 {
            frames.removeLast()
            index += 1
        } else {
            let open = starts(with: "(") ? 1 : starts(with: ")") ? -1 : 0
            frames[frames.count - 1] = .code(parentheses: max(0, parentheses + open))
            code[index] = bytes[index]
            index += 1
        }
    }

    private mutating func readString(pounds: Int, isMultiline: Bool) {
        let suffix = String(repeating: "#", count: pounds)
        if starts(with: "\\" + suffix) {
            index += 1 + pounds
            if starts(with: "(") { frames.append(.code(parentheses: 0)) }
            index += 1
        } else if starts(with: (isMultiline ? "\"\"\"" : "\"") + suffix) {
            index += (isMultiline ? 3 : 1) + pounds
            frames.removeLast()
        } else {
            if bytes[index] == Self.newline, !isMultiline { frames.removeLast() }
            index += 1
        }
    }

    private mutating func readBlockComment() {
        var depth = 0
        repeat {
            if starts(with: "/*") {
                depth += 1
                takeComment()
            } else if starts(with: "*/") {
                depth -= 1
                takeComment()
            }
            takeComment()
        } while depth > 0 && index < bytes.count
    }

    private mutating func takeComment() {
        guard index < bytes.count else { return }
        comments[index] = bytes[index]
        index += 1
    }

    private mutating func skip(past end: String) {
        while index < bytes.count, !starts(with: end) { index += 1 }
        index = min(bytes.count, index + end.utf8.count)
    }

    private func starts(with text: String) -> Bool {
        bytes[index...].starts(with: text.utf8)
    }

    /// The number of `#` between here and `mark`, or nil when something else comes first.
    private func poundsBefore(_ mark: Unicode.Scalar) -> Int? {
        let pounds = bytes[index...].prefix { $0 == UInt8(ascii: "#") }.count
        let next = index + pounds
        guard next < bytes.count, bytes[next] == UInt8(ascii: mark) else { return nil }
        return pounds
    }
}
