/// Something wrong with a configuration file, at the place where it is wrong.
///
/// This is the form for machines; `Report` makes the text for people out of it.
package struct Problem: Hashable, Sendable {
    /// How bad it is.
    package enum Severity: String, Hashable, Sendable {
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
