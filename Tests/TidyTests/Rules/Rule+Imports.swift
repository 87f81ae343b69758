extension Rule {
    /// A target imports what the table of its wall allows, and nothing else.
    static let imports = Rule(name: "imports") { file in
        guard let target = file.target else { return [] }
        guard let wall = Wall.all[target] else {
            return [
                file.finding(
                    "imports",
                    at: 0,
                    "the target \(target) has no wall: say in Wall.swift what it may import"
                )
            ]
        }
        return file.importedModules.compactMap { module, line in
            guard !wall.modules.contains(module) else { return nil }
            return file.finding("imports", at: line, wall.advice(target: target, module: module))
        }
    }

    /// `unsafe`, and the `@safe` that vouches for it, stay in the one target that talks to C.
    static let unsafety = Rule(name: "unsafety") { file in
        guard let target = file.target, target != "Netlink" else { return [] }
        return file.tokens.indices.compactMap { index in
            let text = file.tokens[index].text
            let vouches = text == "safe" && file.token(index - 1).text == "@"
            guard text == "unsafe" && file.token(index - 1).text != "(" || vouches else {
                return nil
            }
            return file.finding(
                "unsafety",
                at: file.tokens[index].line,
                "move what needs `unsafe` into Netlink and give it a safe interface there"
            )
        }
    }
}

extension SourceFile {
    /// The modules named in import declarations, with their lines counted from 0.
    var importedModules: [(module: String, line: Int)] {
        let kinds: Set = [
            "struct", "class", "enum", "protocol", "typealias", "func", "let", "var", "actor",
        ]
        return tokens.indices.compactMap { index in
            guard tokens[index].text == "import", token(index - 1).text != "." else { return nil }
            let isKind = kinds.contains(token(index + 1).text)
            return (token(index + (isKind ? 2 : 1)).text, tokens[index].line)
        }
    }
}
