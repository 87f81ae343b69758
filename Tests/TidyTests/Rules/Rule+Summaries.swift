extension Rule {
    /// What crosses a target says in one sentence what it is.
    ///
    /// Free of it are overrides, and the witnesses of well-known protocols, whose meaning the
    /// protocol has given already. Stored properties on lines that follow one another may share
    /// the sentence above the first of them.
    static let summaries = Rule(name: "summary") { file in
        guard file.target != nil else { return [] }
        return file.exposedDeclarations.compactMap { declaration in
            let line = file.firstOfRow(endingAt: declaration.line)
            guard let problem = file.summaryProblem(above: line) else { return nil }
            return file.finding(
                "summary",
                at: declaration.line,
                "`\(declaration.name)` \(problem)"
            )
        }
    }
}

/// A declaration that other targets can see, and the line of its first word from 0.
struct Declaration {
    var name: String
    var line: Int
}

/// Names that a well-known protocol gives their meaning.
private let witnesses: Set<String> = [
    // The standard library: CustomStringConvertible, Comparable, Hashable, Codable, iterators.
    "description", "debugDescription", "==", "<", "hash", "encode", "rawValue", "allCases", "next",
    "decoder", "integerLiteral", "stringLiteral", "arrayLiteral", "dictionaryLiteral",
    "makeIterator", "makeAsyncIterator", "Element", "AsyncIterator", "CodingKeys", "Failure",
    // SwiftNIO: a handler's types and events.
    "InboundIn", "InboundOut", "OutboundIn", "OutboundOut", "channelRead", "channelReadComplete",
    "channelActive", "channelInactive", "errorCaught", "handlerAdded", "handlerRemoved",
    "userInboundEventTriggered", "decode", "decodeLast", "write", "flush",
    // ServiceLifecycle and ArgumentParser.
    "run", "configuration", "validate",
    // A serial executor.
    "enqueue", "asUnownedSerialExecutor", "unownedExecutor",
]

/// Names that a protocol of ours, or of a module with common words, gives their meaning.
///
/// They are ordinary words, so they are free only in a file with a type that conforms: elsewhere
/// `observe` or `log` has to say what it does, and so has the protocol itself.
private let witnessesByProtocol: [String: Set<String>] = [
    // Core: what a plane promises is told once, and each adapter only keeps it.
    "Plane": ["observe", "apply", "watch"],
    "TablePlane": ["observe", "apply", "watch", "list"],
    // swift-log: what a logger stores and passes on.
    "LogHandler": ["log", "metadata", "logLevel", "subscript"],
]

extension SourceFile {
    /// The names that are witnesses here because a type of this file conforms.
    private var ownWitnesses: Set<String> {
        tokens.indices.reduce(into: Set<String>()) { names, index in
            // `: Plane` or `, Plane`; a parameter would say `any Plane` or `some Plane`.
            guard [":", ","].contains(token(index - 1).text) else { return }
            names.formUnion(witnessesByProtocol[tokens[index].text] ?? [])
        }
    }

    private static let kinds: Set = [
        "func", "var", "let", "init", "subscript", "struct", "enum", "class", "actor", "protocol",
        "typealias", "extension",
    ]

    /// The declarations marked `package` or `public`, and the requirements of such protocols.
    ///
    /// Witnesses of well-known protocols are left out.
    var exposedDeclarations: [Declaration] {
        let witnesses = witnesses.union(ownWitnesses)
        return tokens.indices.flatMap { index -> [Declaration] in
            let text = tokens[index].text
            guard text == "package" || text == "public",
                // An argument label, a member, `private(set)`-like modifiers.
                ![".", "("].contains(token(index - 1).text),
                ![":", "(", ".", "import"].contains(token(index + 1).text),
                let kind = kind(ofDeclarationAt: index)
            else { return [] }
            let name = self.name(ofDeclarationAt: kind)
            var found: [Declaration] = []
            if !witnesses.contains(name) {
                found.append(Declaration(name: name, line: tokens[index].line))
            }
            if tokens[kind].text == "protocol" { found += requirements(ofProtocolAt: kind) }
            return found
        }
    }

    /// The index of the keyword that follows the modifiers, or nil for an override.
    private func kind(ofDeclarationAt index: Int) -> Int? {
        var place = index + 1
        while place < tokens.count {
            let text = tokens[place].text
            if text == "override" { return nil }
            let isModifier = text == "class" && Self.kinds.contains(token(place + 1).text)
            if Self.kinds.contains(text), !isModifier { return place }
            // Past modifiers with an argument, such as `private(set)`.
            place = (text == "(" ? close(of: place) : place) + 1
            if text == "{" || text == "}" || text == "=" { return nil }
        }
        return nil
    }

    private func name(ofDeclarationAt kind: Int) -> String {
        let keyword = tokens[kind].text
        // Initialisers that a protocol defines are known by their label.
        let isFailable = ["?", "!"].contains(token(kind + 1).text)
        let label = token(kind + (isFailable ? 3 : 2)).text
        let name = token(kind + 3).text == "decoder" ? "decoder" : label
        if keyword == "init", witnesses.contains(name) { return name }
        if keyword == "init" || keyword == "subscript" { return keyword }
        if token(kind + 1).isWord { return token(kind + 1).text }
        return tokens[(kind + 1)...].prefix { $0.text != "(" && !$0.isWord }.map(\.text).joined()
    }

    /// The members that a protocol asks for; they are as visible as the protocol.
    private func requirements(ofProtocolAt kind: Int) -> [Declaration] {
        guard let open = tokens[kind...].firstIndex(where: { $0.text == "{" }) else { return [] }
        let asked: Set = ["func", "var", "init", "subscript", "associatedtype"]
        var found: [Declaration] = []
        var place = open + 1
        while place < close(of: open) {
            if asked.contains(tokens[place].text) {
                let name = self.name(ofDeclarationAt: place)
                if !witnesses.contains(name) {
                    found.append(Declaration(name: name, line: tokens[place].line))
                }
            }
            let opens = ["(", "{", "["].contains(tokens[place].text)
            place = (opens ? close(of: place) : place) + 1
        }
        return found
    }

    /// The first line of the stored properties that end at `line` without a gap.
    fileprivate func firstOfRow(endingAt line: Int) -> Int {
        var first = line
        while first > 0, isStoredProperty(first), isStoredProperty(first - 1) { first -= 1 }
        return first
    }

    private func isStoredProperty(_ line: Int) -> Bool {
        let words = Token.all(in: [code[line]]).map(\.text)
        guard words.first == "package" || words.first == "public" else { return false }
        return !words.contains("{") && (words.contains("let") || words.contains("var"))
    }

    /// What is wrong with the summary above `line`, as the end of a sentence; nil for nothing.
    fileprivate func summaryProblem(above line: Int) -> String? {
        var last = line - 1
        while last >= 0, code[last].trimmed.hasPrefix("@") { last -= 1 }
        var first = last
        while first >= 0, comments[first].trimmed.hasPrefix("///") { first -= 1 }
        guard first < last else { return "needs a `///` sentence that says what it is" }
        let words = comments[(first + 1)...last]
            .map { String($0.trimmed.dropFirst(3)).trimmed }
            .prefix { !$0.isEmpty }
            .joined(separator: " ")
        guard let end = words.last, ".?!:".contains(end) else {
            return "has a summary that is no sentence: end it, or put a blank `///` below it"
        }
        guard !words.hasSecondSentence else {
            return "has a summary of several sentences: put a blank `///` below the first"
        }
        return nil
    }
}

extension String {
    /// True when a sentence ends in the middle: a full stop, a blank and a capital.
    fileprivate var hasSecondSentence: Bool {
        let parts = split(separator: " ")
        return zip(parts, parts.dropFirst()).contains { word, next in
            guard let end = word.last, ".?!".contains(end), next.first?.isUppercase == true
            else { return false }
            return !["e.g.", "i.e.", "cf.", "vs."].contains(word)
        }
    }
}
