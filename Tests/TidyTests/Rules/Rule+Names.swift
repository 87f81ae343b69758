extension Rule {
    /// A type is named for what it is; the words here say only that it does something.
    static let typeNames = Rule(name: "type name") { file in
        let endings = ["Manager", "Helper", "Helpers", "Util", "Utils", "Handler"]
        return file.declaredTypes.compactMap { name, line in
            guard let ending = endings.first(where: name.hasSuffix) else { return nil }
            return file.finding(
                "type name",
                at: line,
                "`\(name)`: say what it is instead of `\(ending)`, with a noun an operator knows"
            )
        }
    }

    /// What a pure function asks the world to do is a plain value: tests compare it with `==`.
    static let effects = Rule(name: "effect") { file in
        guard file.target != nil else { return [] }
        let names: Set = ["Action", "Change", "Effect"]
        return file.declaredTypes.compactMap { name, line in
            guard names.contains(name) else { return nil }
            let head = Set(Token.all(in: [file.code[line]]).map(\.text))
            let compares = head.contains("Equatable") || head.contains("Hashable")
            guard !compares || !head.contains("Sendable") else { return nil }
            return file.finding("effect", at: line, "declare `\(name)` Hashable and Sendable")
        }
    }
}

extension SourceFile {
    /// The types that are declared here, nested ones included, with their lines from 0.
    var declaredTypes: [(name: String, line: Int)] {
        let kinds: Set = ["struct", "class", "enum", "actor", "protocol", "typealias"]
        return tokens.indices.compactMap { index in
            guard kinds.contains(tokens[index].text), token(index - 1).text != ".",
                token(index - 1).text != "import", token(index + 1).isWord,
                // `class func` and `class var` declare members.
                !["func", "var", "subscript"].contains(token(index + 1).text)
            else { return nil }
            return (token(index + 1).text, tokens[index].line)
        }
    }
}
