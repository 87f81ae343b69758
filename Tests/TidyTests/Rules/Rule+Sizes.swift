/// The sizes that keep a file and a function readable in one sitting.
enum Size {
    /// Lines of a file: about eight screens, and one noun.
    static let file = 400
    /// Lines of a function with its head and its closing brace: one screen.
    static let function = 70
    /// Characters of a line: two files fit side by side on a laptop.
    static let line = 100
}

extension Rule {
    /// A file has at most `Size.file` lines.
    static let fileLength = Rule(name: "file length") { file in
        guard file.lines.count > Size.file else { return [] }
        return [
            file.finding(
                "file length",
                at: Size.file,
                "\(file.lines.count) lines, \(Size.file) at most: give one of its nouns a file"
            )
        ]
    }

    /// A line has at most `Size.line` characters, unless it lies inside a literal of several lines:
    /// captured text is kept as it came.
    static let lineLength = Rule(name: "line length") { file in
        let long = file.lines.indices.filter { line in
            file.lines[line].count > Size.line
                && (file.code[line].hasText || file.comments[line].hasText)
        }
        return long.map { line in
            file.finding(
                "line length",
                at: line,
                "\(file.lines[line].count) characters, \(Size.line) at most: break the line"
            )
        }
    }

    /// A function has at most `Size.function` lines.
    static let functionLength = Rule(name: "function length") { file in
        file.functions.compactMap { function in
            let count = function.lines.count
            guard count > Size.function else { return nil }
            return file.finding(
                "function length",
                at: function.lines.lowerBound,
                "\(function.name) has \(count) lines, \(Size.function) at most: name a step of it"
            )
        }
    }
}

extension SourceFile {
    /// Every function, initialiser, subscript and computed property that has a body.
    var functions: [(name: String, lines: ClosedRange<Int>)] {
        tokens.indices.compactMap { index in
            guard let body = body(ofDeclarationAt: index) else { return nil }
            let end = tokens[close(of: body)].line
            let keyword = tokens[index].text
            let hasName = keyword == "func" || keyword == "var"
            let name = hasName ? token(index + 1).text : keyword
            return (name, tokens[index].line...max(tokens[index].line, end))
        }
    }

    /// The index of the brace that opens the body of the declaration whose keyword is at `index`.
    private func body(ofDeclarationAt index: Int) -> Int? {
        let keyword = tokens[index].text
        guard token(index - 1).text != "." else { return nil }
        let next = token(index + 1).text
        switch keyword {
        case "func": break
        case "init" where ["(", "?", "!", "<"].contains(next): break
        case "subscript" where ["(", "<"].contains(next): break
        case "deinit" where next == "{": break
        case "var": return getter(after: index)
        default: return nil
        }
        // A requirement of a protocol has no body: the next declaration ends the search.
        let declarations: Set = [
            "func", "var", "let", "init", "subscript", "deinit", "case", "static", "mutating",
            "package", "public", "internal", "private", "fileprivate", "associatedtype", "}",
        ]
        var place = index + 1
        while place < tokens.count {
            let text = tokens[place].text
            if text == "{" { return place }
            if place > index + 1, declarations.contains(text) { return nil }
            place = (text == "(" || text == "[" ? close(of: place) : place) + 1
        }
        return nil
    }

    /// The brace after a computed property's type; stored ones have none on their line.
    private func getter(after index: Int) -> Int? {
        var place = index + 1
        while place < tokens.count, tokens[place].line == tokens[index].line {
            if tokens[place].text == "{" { return place }
            if tokens[place].text == "=" { return nil }
            let opens = tokens[place].text == "(" || tokens[place].text == "["
            place = (opens ? close(of: place) : place) + 1
        }
        return nil
    }
}
