import Core
import Net

/// One reading of one document: turns nodes into values and collects what is wrong with them.
///
/// Every method answers `nil` for a value that is not there and for one that is wrong; the second
/// has left a problem behind. The reading goes on after it with the default, because an operator
/// wants to hear everything at once, and the result is thrown away when there was any error.
struct Reading {
    /// Where places are named, for problems that have two.
    let source: Source
    /// What was found so far, in the order of finding.
    private(set) var problems: [Problem] = []
    private(set) var errorCount = 0

    /// Begins to read the document of `source`.
    init(_ source: Source) { self.source = source }

    /// Records an error at `span`.
    mutating func refuse(_ code: Code, at span: Span, _ message: String, help: String = "") {
        errorCount += 1
        problems.append(Problem(code, at: span, message, help: help))
    }

    /// Records a warning at `span`.
    mutating func warn(_ code: Code, at span: Span, _ message: String, help: String = "") {
        problems.append(Problem(code, .warning, at: span, message, help: help))
    }
}

// MARK: - Structure

extension Reading {
    /// The values of a map whose keys are those of `section`.
    mutating func fields(_ node: YAMLNode, of section: Section) -> Fields? {
        guard let entries = entries(node, what: section.title) else { return nil }
        var known: [String: YAMLNode.Entry] = [:]
        var spoiled: Set<String> = []
        for entry in entries {
            guard section.has(entry.key) else {
                if let meant = refuse(unknown: entry, in: section) { spoiled.insert(meant) }
                continue
            }
            guard !entry.value.isNull else {
                refuse(
                    .missing,
                    at: entry.keySpan,
                    "\(entry.key.ticked) has no value",
                    help: "give one, or remove the line"
                )
                spoiled.insert(entry.key)
                continue
            }
            known[entry.key] = entry
        }
        return Fields(section, at: node.span, known, spoiled: spoiled)
    }

    /// Records an unknown key; answers the key that was probably meant.
    private mutating func refuse(unknown entry: YAMLNode.Entry, in section: Section) -> String? {
        guard !section.later.contains(entry.key) else {
            refuse(
                .keyOfLater,
                at: entry.keySpan,
                "this version does not know \(entry.key.ticked) in \(section.title) yet",
                help: "remove it, or install a version that does"
            )
            return nil
        }
        let nearest = Spelling.nearest(to: entry.key, among: section.keys)
        let hint = nearest.map { "; did you mean `\($0)`?" } ?? ""
        refuse(
            .unknownKey,
            at: entry.keySpan,
            "unknown key \(entry.key.ticked)\(hint)",
            help: "\(section.title) knows \(section.keys.ticked)"
        )
        return nearest
    }

    /// The entries of a map with free keys, each key once.
    mutating func entries(_ node: YAMLNode, what: String) -> [YAMLNode.Entry]? {
        guard case .map(let entries) = node.content else {
            refuse(.shape, at: node.span, "\(what) is a map of keys, not \(node.kind)")
            return nil
        }
        var first: [String: YAMLNode.Entry] = [:]
        var result: [YAMLNode.Entry] = []
        for entry in entries {
            if let earlier = first[entry.key] {
                let place = source.place(of: earlier.keySpan)
                refuse(
                    .duplicateKey,
                    at: entry.keySpan,
                    "the key \(entry.key.ticked) is already there at \(place)"
                )
                continue
            }
            first[entry.key] = entry
            result.append(entry)
        }
        return result
    }

    /// The items of a list, at most `limit`.
    mutating func items(_ node: YAMLNode, what: String, limit: Int) -> [YAMLNode]? {
        guard case .list(let items) = node.content else {
            refuse(
                .shape,
                at: node.span,
                "\(what) is a list, not \(node.kind)",
                help: "write [a, b] on one line, or one item per line after a dash"
            )
            return nil
        }
        guard items.count <= limit else {
            let message = "\(what) has \(items.count) items; at most \(limit) are taken"
            refuse(.limit, at: items[limit].span, message)
            return nil
        }
        return items
    }

    /// The value of a key that must be there.
    mutating func required(_ key: String, of fields: Fields, what: String) -> YAMLNode? {
        if let node = fields[key] { return node }
        // One mistake is one error.
        if !fields.spoiled.contains(key) {
            refuse(.missing, at: fields.span, "\(what) has no `\(key)`")
        }
        return nil
    }
}

extension [String] {
    /// These words as a message lists them: `a`, `b`, `c`.
    var ticked: String { map { "`\($0)`" }.joined(separator: ", ") }
}
