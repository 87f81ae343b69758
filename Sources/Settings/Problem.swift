/// Something wrong with a configuration file, at the place where it is wrong.
///
/// This is the form for machines; `Report` makes the text for people out of it.
package struct Problem: Hashable, Sendable, Encodable {
    /// How bad it is.
    package enum Severity: String, Hashable, Sendable, Encodable {
        /// The file is refused.
        case error
        /// The file is taken; something in it is probably not what was meant.
        case warning
    }

    /// What kind of problem it is; stable, and explained by `penstock help`.
    package let code: Code
    /// How bad it is.
    package let severity: Severity
    /// Where it is; inside the file for every problem but one with the file itself.
    package let span: Span
    /// What is wrong, as one sentence without a full stop; one line, safe for a terminal.
    package let message: String
    /// What is allowed, or what to do about it; empty when the message says it all.
    package let help: String

    /// A problem of these parts.
    package init(
        _ code: Code,
        _ severity: Severity = .error,
        at span: Span,
        _ message: String,
        help: String = ""
    ) {
        self.code = code
        self.severity = severity
        self.span = span
        self.message = message
        self.help = help
    }
}

// MARK: - JSON

extension Problem {
    private enum Key: String, CodingKey {
        case severity, code, line, column, length, message, help
    }

    /// One flat object, as other compilers and linters write it.
    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        try container.encode(severity, forKey: .severity)
        try container.encode(code.rawValue, forKey: .code)
        try container.encode(span.line, forKey: .line)
        try container.encode(span.column, forKey: .column)
        try container.encode(span.length, forKey: .length)
        try container.encode(message, forKey: .message)
        try container.encode(help, forKey: .help)
    }
}
