package import Core

/// An error as the API says it: a problem document (RFC 9457) with the members `code`, `because`,
/// `fix` and, for a configuration, `errors`.
package struct ProblemDocument: Codable, Equatable, Sendable {
    /// The media type it travels under.
    package static let mediaType = "application/problem+json"

    /// A name for this kind of problem; it identifies, and leads nowhere.
    package var type: String
    /// What the HTTP status says.
    package var title: String
    /// The HTTP status.
    package var status: Int
    /// What was attempted and what came of it.
    package var detail: String
    /// The stable code of the fault.
    package var code: String
    /// The evidence, where there is some.
    package var because: String?
    /// What to do next, where that is known.
    package var fix: String?
    /// What is wrong with a configuration.
    package var errors: [ConfigurationProblem]?

    /// The document that says `fault` under `status`.
    package init(
        _ fault: Fault,
        status: Int,
        title: String,
        errors: [ConfigurationProblem] = []
    ) {
        type = "urn:penstock:\(fault.code)"
        self.title = title
        self.status = status
        detail = fault.summary
        code = fault.code
        because = fault.because.isEmpty ? nil : fault.because
        fix = fault.fix.isEmpty ? nil : fault.fix
        self.errors = errors.isEmpty ? nil : errors
    }

    /// The fault it says.
    package var fault: Fault {
        Fault(code: code, summary: detail, because: because ?? "", fix: fix ?? "")
    }
}
