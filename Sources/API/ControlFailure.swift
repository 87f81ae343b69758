package import Core

/// Why a request over the control socket came to nothing.
package struct ControlFailure: Error, Equatable, Sendable {
    /// What kind of failure it is; the command line has an exit code for each.
    package enum Kind: Equatable, Sendable, CaseIterable {
        /// Nobody listens.
        case unreachable
        /// The socket, or the daemon, does not let us.
        case forbidden
        /// No answer within the deadline, or the daemon asks to come again.
        case late
        /// The configuration does not hold up.
        case invalidConfiguration
        /// The daemon says no.
        case refused
        /// The answer makes no sense.
        case notUnderstood
    }

    /// What kind of failure it is.
    package let kind: Kind
    /// The reason, in words.
    package let fault: Fault
    /// What is wrong with the configuration, in the order of the file.
    package let problems: [ConfigurationProblem]

    /// A failure of this kind.
    package init(_ kind: Kind, _ fault: Fault, problems: [ConfigurationProblem] = []) {
        self.kind = kind
        self.fault = fault
        self.problems = problems
    }

    /// The failure that an answer with this status and problem document means.
    init(status: Int, document: ProblemDocument) {
        let kind: Kind =
            switch status {
            case 403: .forbidden
            case 422: .invalidConfiguration
            case 503, 504: .late
            default: .refused
            }
        self.init(kind, document.fault, problems: document.errors ?? [])
    }
}
