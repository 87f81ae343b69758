import Core

// The program of a check. Its file is not looked for here: a configuration is also checked on
// machines that have none of the director's programs.

extension Reading {
    /// What the keys of a check by a program come to.
    mutating func program(_ fields: Fields) -> ProgramTerms? {
        for key in ["source", "mark"] where fields[key] != nil {
            refuse(
                .together,
                at: fields.place(of: key),
                "`\(key)` is not for a check of type `exec`: a program opens its own connections",
                help: "give it to the program as an argument, if that takes one"
            )
        }
        let user = text(
            fields["user"],
            "user",
            atMost: Limits.userNameBytes,
            help: "the name of a user of this host",
            where: { $0.utf8.allSatisfy(Self.isGraphic) && !$0.contains(":") }
        )
        let megabytes = number(fields["memory-mib"], "memory-mib", Limits.programMegabytes)
        guard let node = required("command", of: fields, what: "a check of type `exec`"),
            let command = command(node)
        else { return nil }
        return ProgramTerms(
            command: command,
            user: user,
            megabytes: megabytes ?? ProgramTerms.usualMegabytes
        )
    }

    private mutating func command(_ node: YAMLNode) -> [String]? {
        guard case .list(let items) = node.content else {
            refuse(
                .shape,
                at: node.span,
                "`command` is a list of a file and its arguments, not \(node.kind)",
                help: "no shell reads it: write [/usr/lib/nagios/plugins/check_mysql, -H, ...]"
            )
            return nil
        }
        guard (1...Limits.commandWords).contains(items.count) else {
            let message = "`command` has 1 to \(Limits.commandWords) words, not \(items.count)"
            refuse(.limit, at: node.span, message)
            return nil
        }
        var words: [String] = []
        for item in items {
            guard let word = text(item, "command") else { return nil }
            let isFile = words.isEmpty
            guard word.utf8.count <= Limits.commandWordBytes, !word.utf8.contains(0),
                !isFile || word.hasPrefix("/") && !word.hasSuffix("/")
            else {
                refuse(
                    .text,
                    at: item.span,
                    "`command` cannot have \(word.ticked)",
                    help: isFile
                        ? "its first word is the whole path of a file, as in /usr/local/bin/check"
                        : "a word has at most \(Limits.commandWordBytes) bytes, none of them zero"
                )
                return nil
            }
            words.append(word)
        }
        return words
    }
}
