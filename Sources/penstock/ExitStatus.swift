package import API
internal import ArgumentParser

/// What the program ends with; scripts and units depend on these numbers.
///
/// From 64 on they follow BSD's sysexits(3), which the argument parser uses already.
package enum ExitStatus: Int32, Equatable, Sendable, CaseIterable {
    /// It worked; a drain became quiet.
    case success = 0
    /// With `--exit-code`, something is wrong; the request failed; or a VIP that is not drained any
    /// more cannot be announced for another reason.
    case problem = 1
    /// With `--exit-code`, a plan has changes; or two directors differ.
    case changes = 2
    /// A drain ended at its deadline: routes are gone, traffic is not.
    case drainDeadline = 4
    /// The daemon or bgpd said no, nobody said yes, or someone else ended the drain.
    case refused = 5
    /// Unknown options or arguments; the argument parser's own.
    case usage = 64
    /// The configuration, or another file that was given, does not hold up.
    case invalidConfiguration = 65
    /// The daemon or bgpd does not run, or the kernel has no IPVS.
    case unreachable = 69
    /// It took too long; asking again may work.
    case temporary = 75
    /// The socket, the daemon or the kernel does not let this user.
    case forbidden = 77

    /// What it stands for, in the help text.
    package var meaning: String {
        switch self {
        case .success: "it worked"
        case .problem:
            "something is wrong (status --exit-code), the request failed, or an undrained VIP "
                + "cannot be announced"
        case .changes: "there are changes (plan --exit-code), or differences (diff)"
        case .drainDeadline: "drained, but traffic did not end before the deadline"
        case .refused: "the daemon or bgpd said no, nobody said --yes, or a drain was undone"
        case .usage: "wrong options or arguments"
        case .invalidConfiguration: "the configuration, or another file that was given, is invalid"
        case .unreachable: "penstock or bgpd is not running, or this kernel has no IPVS"
        case .temporary: "gave up waiting; try again"
        case .forbidden: "not permitted"
        }
    }

    /// All of them, for the help text.
    package static var summary: String {
        "Exit codes:\n"
            + allCases.map { status in
                let number = String(status.rawValue)
                return "  " + String(repeating: " ", count: 2 - number.count) + number + "  "
                    + status.meaning
            }.joined(separator: "\n")
    }

    /// What a failed request ends the program with.
    package init(_ failure: ControlFailure.Kind) {
        switch failure {
        case .unreachable: self = .unreachable
        case .forbidden: self = .forbidden
        case .late: self = .temporary
        case .invalidConfiguration: self = .invalidConfiguration
        case .refused: self = .refused
        case .notUnderstood: self = .problem
        }
    }

    /// The error that makes the argument parser end the program with it.
    var exit: ExitCode { ExitCode(rawValue) }
}
