extension Rule {
    /// A promise that the compiler cannot check says why it holds.
    static let uncheckedSendable = Rule(name: "unchecked") { file in
        file.tokens.indices.compactMap { index in
            guard file.tokens[index].text == "unchecked", file.token(index - 1).text == "@",
                !file.isExplained(file.tokens[index].line)
            else { return nil }
            return file.finding(
                "unchecked",
                at: file.tokens[index].line,
                "say in a comment above what keeps it safe, or use a Mutex and do without"
            )
        }
    }

    /// A stream names what it does when its reader is slow; the default keeps everything.
    ///
    /// In a test that is what is wanted.
    static let unboundedStreams = Rule(name: "unbounded stream") { file in
        guard file.target != nil else { return [] }
        return file.tokens.indices.compactMap { index in
            let names: Set = ["AsyncStream", "AsyncThrowingStream"]
            guard names.contains(file.tokens[index].text),
                let open = file.streamCall(after: index)
            else { return nil }
            let arguments = file.tokens[open...file.close(of: open)].map(\.text)
            let isParenthesised = file.token(open).text == "("
            // A stream that is pulled has no buffer.
            let isBounded = arguments.contains("bufferingPolicy") || arguments.contains("unfolding")
            guard !(isParenthesised && isBounded) else { return nil }
            return file.finding(
                "unbounded stream",
                at: file.tokens[index].line,
                "say `bufferingPolicy: .bufferingNewest(1)`, or what else bounds it"
            )
        }
    }

    /// A caught error is used, or a comment says why it may be dropped.
    static let emptyCatch = Rule(name: "empty catch") { file in
        file.tokens.indices.compactMap { index in
            guard file.tokens[index].text == "catch",
                let open = file.tokens[index...].firstIndex(where: { $0.text == "{" })
            else { return nil }
            let close = file.close(of: open)
            let lines = file.tokens[open].line...file.tokens[close].line
            guard close == open + 1, !lines.contains(where: { file.comments[$0].hasText })
            else { return nil }
            return file.finding(
                "empty catch",
                at: file.tokens[index].line,
                "report the error, or say in the block why nobody needs to know"
            )
        }
    }

    /// A loop without an end in its head says what ends it.
    static let endlessLoops = Rule(name: "endless loop") { file in
        file.tokens.indices.compactMap { index in
            let line = file.tokens[index].line
            guard file.tokens[index].text == "while", file.token(index + 1).text == "true",
                !file.isExplained(line), !file.isExplained(line + 1)
            else { return nil }
            return file.finding(
                "endless loop",
                at: line,
                "put the end into the condition, or say in a comment what ends it"
            )
        }
    }

    /// A state machine takes facts and answers with values: it waits for nothing, and every
    /// `switch` in it names every state, so that a new state is a compile error everywhere.
    static let machines = Rule(name: "machine") { file in
        guard file.target != nil, file.name.hasSuffix("Machine") else { return [] }
        return file.tokens.indices.compactMap { index in
            let text = file.tokens[index].text
            let line = file.tokens[index].line
            if text == "await" {
                return file.finding("machine", at: line, "let the caller wait; take its result")
            }
            guard text == "default", file.token(index + 1).text == ":" else { return nil }
            return file.finding("machine", at: line, "name the states instead of `default`")
        }
    }
}

extension SourceFile {
    /// The mark that opens the arguments of a stream made at `index`, or nil for a mere type.
    fileprivate func streamCall(after index: Int) -> Int? {
        var next = index + 1
        if token(next).text == "<" {
            var depth = 0
            repeat {
                if token(next).text == "<" { depth += 1 }
                // The arrow of a function type is no closing bracket.
                if token(next).text == ">", token(next - 1).text != "-" { depth -= 1 }
                next += 1
            } while depth > 0 && next < tokens.count
        }
        if token(next).text == ".", token(next + 1).text == "makeStream" { next += 2 }
        if token(next).text == "{", token(index).line == token(next).line {
            // A brace after a type in a signature opens a body: only an expression is a call.
            let before = token(index - 1).text
            return before == "=" || before == "return" || before == "in" ? next : nil
        }
        return token(next).text == "(" ? next : nil
    }
}
