/// Something that went wrong outside, in words for the operator who has to mend it.
///
/// The same text appears in the log, the API, `explain` and on the command line. A code is never
/// used again for another meaning: F for FRR, K for the kernel, C for the configuration, D for
/// the daemon itself.
package struct Fault: Error, Hashable, Codable, Sendable {
    /// The stable code, such as `F101`.
    package let code: String
    /// What was attempted and what came of it, as one sentence without a full stop.
    package let summary: String
    /// The evidence: what the other side said, or what was found.
    package let because: String
    /// What to do next; a command that can be pasted, where there is one.
    package let fix: String

    /// A fault of these parts.
    package init(code: String, summary: String, because: String = "", fix: String = "") {
        self.code = code
        self.summary = summary
        self.because = because
        self.fix = fix
    }
}

extension Fault: CustomStringConvertible {
    /// One line: `F102: bgpd is not running (connection refused); fix: systemctl start frr`.
    package var description: String {
        var line = "\(code): \(summary)"
        if !because.isEmpty { line += " (\(because))" }
        if !fix.isEmpty { line += "; fix: \(fix)" }
        return line
    }
}
