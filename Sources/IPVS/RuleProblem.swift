/// Something wrong with a line of a rule file, at the place where it is wrong.
package struct RuleProblem: Hashable, Sendable {
    /// How bad it is.
    package enum Severity: String, Hashable, Sendable {
        /// The file is refused.
        case error
        /// The file is taken; something in it is probably not what was meant.
        case warning
    }

    /// What is wrong, and where in its line.
    package struct Reason: Error, Hashable, Sendable {
        /// The bytes of the line that are wrong, from 0; the whole line when no part is to blame.
        package let columns: Range<Int>
        /// What is wrong, as one sentence without a full stop.
        package let message: String
        /// What is allowed, or what to do about it; empty when the message says it all.
        package let help: String

        /// What is wrong with these columns.
        package init(_ columns: Range<Int>, _ message: String, help: String = "") {
            self.columns = columns
            self.message = message
            self.help = help
        }
    }

    /// The columns of a line that are shown around what is wrong with it.
    private static let columnsShown = 100

    /// How bad it is.
    package let severity: Severity
    /// What is wrong.
    package let reason: Reason
    /// The line of the file, from 1.
    package let line: Int

    /// What is wrong with a line.
    package init(_ severity: Severity, _ reason: Reason, line: Int) {
        self.severity = severity
        self.reason = reason
        self.line = line
    }

    /// The stable code of the condition.
    package var code: String {
        switch severity {
        case .error: "C351"
        case .warning: "C352"
        }
    }

    /// The lines in which a person reads it.
    ///
    ///     web.rules:2:40: error[C351]: weight 70000 is not within 0...65535
    ///         2 | -a -t 203.0.113.10:80 -r 10.20.0.11 -w 70000
    ///           |                                        ^~~~~
    ///
    /// - Parameters:
    ///   - file: What the file is called.
    ///   - text: The bytes it was read from; what a terminal would act on is shown as `?`.
    /// - Returns: The place with the message, the line with a caret below it, and the help.
    package func lines(file: String, text: [UInt8]) -> [String] {
        let column = reason.columns.lowerBound + 1
        var lines = ["\(file):\(line):\(column): \(severity)[\(code)]: \(reason.message)"]
        let number = "\(line)"
        let margin = String(repeating: " ", count: max(0, 5 - number.utf8.count))
        let gutter = String(repeating: " ", count: max(5, number.utf8.count))
        let source = text.split(separator: .lineFeed, omittingEmptySubsequences: false)
        if line <= source.count {
            let bytes = source[line - 1].map { (0x20...0x7e).contains($0) ? $0 : UInt8(ascii: "?") }
            // A third of the room goes to what stands before, which says what the value is of.
            let start =
                bytes.count <= Self.columnsShown
                ? 0 : max(0, reason.columns.lowerBound - Self.columnsShown / 3)
            let shown = String(
                decoding: bytes.dropFirst(start).prefix(Self.columnsShown),
                as: UTF8.self
            )
            lines.append("\(margin)\(number) | \(shown)")
            let offset = reason.columns.lowerBound - start
            let room = max(1, shown.utf8.count - offset)
            let tildes = String(repeating: "~", count: max(1, min(reason.columns.count, room)) - 1)
            lines.append("\(gutter) | \(String(repeating: " ", count: offset))^\(tildes)")
        }
        if !reason.help.isEmpty { lines.append("\(gutter) = help: \(reason.help)") }
        return lines
    }
}
