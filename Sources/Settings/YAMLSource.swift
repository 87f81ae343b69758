import Yams

/// Composes YAML text into nodes; nothing but this file knows which library does it.
///
/// Three properties of Yams and libyaml shape it. Marks count Unicode scalars, as our columns do.
/// A repeated key ends the composition with the place of the first of the two only, so that key is
/// made unique in a copy of the text, at unchanged columns, and the text composed again: the pair
/// then shows up in the nodes like any other slip. And keys are compared by hashing whole nodes,
/// aliases written out, so a text that could make such a key huge is refused unread.
struct YAMLSource {
    /// What was wrong with the text as YAML.
    private(set) var problems: [Problem] = []
    private let source: Source
    private let text: String
    /// The characters of the text, with the keys that were renamed.
    private var scalars: [Unicode.Scalar]
    private var renamed: [Span: Unicode.Scalar] = [:]
    private var nodesLeft = Limits.nodes

    /// Gets ready to compose `text`, whose lines `source` knows.
    init(_ text: String, _ source: Source) {
        self.source = source
        self.text = text
        scalars = Array(text.unicodeScalars)
    }

    /// The root of the document; `nil` when a problem is recorded or the document is empty.
    mutating func compose() -> YAMLNode? {
        guard isReadable(), isBounded() else { return nil }
        // Each pass makes one more repeated key unique; all of them would not be shown anyway.
        for _ in 0...Limits.problemsShown {
            do {
                // Without rules for tags no scalar is ever matched against a pattern.
                let parser = try Parser(yaml: renamedText, resolver: .basic, encoding: .utf8)
                guard let root = try parser.singleRoot() else { return nil }
                return try convert(root, depth: 1)
            } catch YamlError.duplicatedKeysInMapping(let keys, let context) {
                guard rename(keys.min() ?? "", at: span(context.mark)) else { return nil }
            } catch let error as YamlError {
                record(error)
                return nil
            } catch let problem as Overflow {
                problems.append(problem.problem)
                return nil
            } catch {
                problems.append(Problem(.syntax, at: .start, "is not YAML: \(error)"))
                return nil
            }
        }
        problems.append(Problem(.duplicateKey, at: .start, "too many keys are there twice"))
        return nil
    }

    /// The text as it is to be composed.
    private var renamedText: String {
        guard !renamed.isEmpty else { return text }
        var text = String.UnicodeScalarView()
        text.append(contentsOf: scalars)
        return String(text)
    }

    private func span(_ mark: Mark) -> Span {
        source.clamp(Span(line: mark.line, column: mark.column))
    }
}

// MARK: - Before composing

extension YAMLSource {
    /// Looks for characters that YAML does not allow (YAML 1.1 §5.1); records the first.
    private mutating func isReadable() -> Bool {
        // Of plain ASCII, as nearly every file is, a look at its bytes says it all.
        let isPlain = text.utf8.allSatisfy { byte in
            (0x20...0x7e).contains(byte) || byte == 0x0a || byte == 0x0d || byte == 0x09
        }
        if isPlain { return true }
        for (index, line) in source.lines.enumerated() {
            for (column, scalar) in line.unicodeScalars.enumerated() {
                switch scalar.value {
                case 0x09, 0x20...0x7e, 0xa0...0xd7ff, 0xe000...0xfefe, 0xff00...0xfffd,
                    0x10000...0x10ffff:
                    continue
                default: break
                }
                let code = String(scalar.value, radix: 16, uppercase: true)
                let digits = String(repeating: "0", count: max(0, 4 - code.count)) + code
                problems.append(
                    Problem(
                        .notText,
                        at: Span(line: index + 1, column: column + 1),
                        "the character U+\(digits) is not allowed",
                        help: "the file is plain text in UTF-8, without control characters"
                    )
                )
                return false
            }
        }
        return true
    }

    /// Refuses anchors together with keys that are aliases, lists or maps.
    ///
    /// Aliases cost nothing as values: nodes share their parts, and `convert` counts what they
    /// stand for. As a part of a key they would be hashed in full, and nine anchors of nine
    /// aliases each are 387 million nodes. The look at the text errs on the safe side only: a key
    /// without `?` is on one line (YAML 1.1 §9.1.1), so an alias in it stands before its colon.
    private mutating func isBounded() -> Bool {
        var hasAnchor = false
        var hasAliasInLine = false
        var suspect: Span?
        var (line, column) = (1, 0)
        for (index, scalar) in scalars.enumerated() {
            let before = index == 0 ? "\n" : scalars[index - 1]
            let after = index + 1 < scalars.count ? scalars[index + 1] : "\n"
            column += 1
            switch scalar {
            case "\n":
                (line, column) = (line + 1, 0)
                hasAliasInLine = false
            case "&" where Self.isLetter(after): hasAnchor = true
            case "*" where Self.isLetter(after): hasAliasInLine = true
            case "?" where Self.isSpace(after) && !Self.isLetter(before),
                ":" where hasAliasInLine && endsAliasOrCollection(index):
                suspect = suspect ?? Span(line: line, column: column)
            default: continue
            }
        }
        guard hasAnchor, let suspect else { return true }
        problems.append(
            Problem(
                .limit,
                at: source.clamp(suspect),
                "a file with anchors (&name) may have only plain words as keys",
                help: "name a pool or a check instead of repeating it with an anchor"
            )
        )
        return false
    }

    /// Whether the colon at `index` follows `]`, `}` or an alias.
    private func endsAliasOrCollection(_ index: Int) -> Bool {
        var end = index
        while end > 0, Self.isSpace(scalars[end - 1]) { end -= 1 }
        guard end > 0 else { return false }
        if scalars[end - 1] == "]" || scalars[end - 1] == "}" { return true }
        var start = end
        while start > 0, Self.isLetter(scalars[start - 1]) { start -= 1 }
        return start > 0 && start < end && scalars[start - 1] == "*"
    }

    private static func isSpace(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar {
        case " ", "\t", "\n", "\r", "\u{85}", "\u{2028}", "\u{2029}": true
        default: false
        }
    }

    /// What an anchor's name is made of (`IS_ALPHA` in libyaml's `yaml_private.h`).
    private static func isLetter(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar {
        case "a"..."z", "A"..."Z", "0"..."9", "-", "_": true
        default: false
        }
    }
}

// MARK: - Nodes

extension YAMLSource {
    /// A limit that the document exceeds.
    private struct Overflow: Error { let problem: Problem }

    private mutating func convert(_ node: Node, depth: Int) throws -> YAMLNode {
        let place = node.mark.map(span) ?? .start
        nodesLeft -= 1
        guard nodesLeft >= 0 else {
            let message = "the document has more than \(Limits.nodes) values, aliases written out"
            throw Overflow(problem: Problem(.limit, at: place, message))
        }
        guard depth <= Limits.depth else {
            let message = "maps and lists are nested more than \(Limits.depth) deep"
            throw Overflow(problem: Problem(.limit, at: place, message))
        }
        switch node {
        case .scalar(let scalar): return convert(scalar, at: place)
        case .sequence(let list):
            let items = try list.map { try convert($0, depth: depth + 1) }
            return YAMLNode(content: .list(items), span: place)
        case .mapping(let map):
            var entries: [YAMLNode.Entry] = []
            for (key, value) in map {
                guard case .scalar(let word) = key else {
                    let span = key.mark.map(span) ?? place
                    let message = "a key is a single word, not a list or a map"
                    throw Overflow(problem: Problem(.shape, at: span, message))
                }
                let name = convert(word, at: word.mark.map(span) ?? place)
                guard case .scalar(let text) = name.content else { continue }
                entries.append(
                    YAMLNode.Entry(
                        key: text.text,
                        keySpan: name.span,
                        value: try convert(value, depth: depth + 1)
                    )
                )
            }
            let first = entries.first?.keySpan
            let startsWithKey = first.map { ($0.line, $0.column) == (place.line, place.column) }
            return YAMLNode(
                content: .map(entries),
                span: startsWithKey == true ? first ?? place : place
            )
        case .alias:
            // Yams resolves aliases while it composes; only a caller who asks otherwise sees one.
            return YAMLNode(content: .list([]), span: place)
        }
    }

    private func convert(_ scalar: Node.Scalar, at place: Span) -> YAMLNode {
        let isQuoted = scalar.style != .plain
        var text = scalar.string
        // The place is that of the quote; only its key was renamed, one character behind it.
        if !renamed.isEmpty,
            let original = renamed[Span(line: place.line, column: place.column)]
        {
            text = String(original) + String(text.unicodeScalars.dropFirst())
        }
        let length = text.unicodeScalars.count + (isQuoted ? 2 : 0)
        let span = source.clamp(Span(line: place.line, column: place.column, length: length))
        return YAMLNode(content: .scalar(.init(text: text, isQuoted: isQuoted)), span: span)
    }
}

// MARK: - What Yams refuses

extension YAMLSource {
    /// Makes the key at `place` unlike every other; false, with a problem, where that fails.
    private mutating func rename(_ key: String, at place: Span) -> Bool {
        let start = offset(of: place)
        let isQuoted = start < scalars.count && (scalars[start] == "\"" || scalars[start] == "'")
        let target = start + (isQuoted ? 1 : 0)
        let place = Span(line: place.line, column: place.column)
        guard target < scalars.count, let first = key.unicodeScalars.first,
            scalars[target] == first, renamed[place] == nil,
            // A private-use character, which no word of the schema contains.
            let stand = Unicode.Scalar(0xe000 + UInt32(renamed.count))
        else {
            problems.append(
                Problem(.duplicateKey, at: place, "the key \(key.ticked) is there twice")
            )
            return false
        }
        renamed[place] = first
        scalars[target] = stand
        return true
    }

    private func offset(of place: Span) -> Int {
        let line = source.lines[place.line - 1]
        guard let first = source.lines.first else { return 0 }
        let whole = first.base.unicodeScalars
        let lineStart = whole.distance(from: whole.startIndex, to: line.startIndex)
        return lineStart + place.column - 1
    }

    private mutating func record(_ error: YamlError) {
        switch error {
        case .scanner(let context, let problem, let mark, _),
            .parser(let context, let problem, let mark, _):
            let place = span(mark)
            var setting = context.map { " \($0.text)" } ?? ""
            if let begin = context.map({ span($0.mark) }), begin < place {
                setting += ", which begins at \(source.place(of: begin))"
            }
            var help = ""
            if character(at: place) == "\t" {
                help = "indent with spaces; YAML allows no tabs"
            } else if source.lines[place.line - 1].contains("]:") {
                help = "put an IPv6 address with a port in quotes: \"[2001:db8::1]:443\""
            }
            problems.append(
                Problem(.syntax, at: place, "not YAML: \(problem)\(setting)", help: help)
            )
        case .composer(_, let problem, let mark, _):
            let isSecond = problem.contains("another document")
            problems.append(
                Problem(
                    isSecond ? .severalDocuments : .syntax,
                    at: span(mark),
                    isSecond ? "a second document begins here" : "not YAML: \(problem)",
                    help: isSecond ? "the file is one document; remove the line ---" : ""
                )
            )
        case .reader(let problem, _, _, _):
            problems.append(Problem(.notText, at: .start, "not YAML: \(problem)"))
        default:
            problems.append(Problem(.syntax, at: .start, "not YAML: \(error)"))
        }
    }

    private func character(at place: Span) -> Unicode.Scalar? {
        source.lines[place.line - 1].unicodeScalars.dropFirst(place.column - 1).first
    }
}
