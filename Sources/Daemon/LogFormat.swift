/// How log lines are written.
package enum LogFormat: String, Sendable, CaseIterable {
    /// For people on a terminal.
    case text
    /// One `key=value` line each, for journals and grep.
    case logfmt
    /// One JSON object each.
    case json
}
