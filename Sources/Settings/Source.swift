/// The text of a configuration file with its lines, for showing where something is wrong.
package struct Source: Sendable {
    /// The file's name as the operator gave it.
    package let file: String
    /// The lines without their ends; at least one.
    package let lines: [Substring]
    /// How many characters each line has: every value of a file asks for that of its own.
    private let widths: [Int]

    /// The text of `file`.
    ///
    /// A line ends where libyaml says so, or its line numbers and ours would part: at LF, CR,
    /// CR LF, U+0085, U+2028 and U+2029 (`IS_BREAK` in libyaml's `yaml_private.h`).
    package init(file: String, text: String) {
        self.file = file.harmless
        var lines: [Substring] = []
        var widths: [Int] = []
        var width = 0
        let scalars = text.unicodeScalars
        var start = scalars.startIndex
        var index = start
        while index < scalars.endIndex {
            let scalar = scalars[index]
            var next = scalars.index(after: index)
            width += 1
            if Self.endsLine(scalar) {
                lines.append(text[start..<index])
                widths.append(width - 1)
                width = 0
                if scalar == "\r", next < scalars.endIndex, scalars[next] == "\n" {
                    next = scalars.index(after: next)
                }
                start = next
            }
            index = next
        }
        if start < scalars.endIndex || lines.isEmpty {
            lines.append(text[start...])
            widths.append(width)
        }
        self.lines = lines
        self.widths = widths
    }

    private static func endsLine(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar {
        case "\n", "\r", "\u{85}", "\u{2028}", "\u{2029}": true
        default: false
        }
    }

    /// The part of `span` that exists; libyaml puts an unexpected end behind the last line.
    package func clamp(_ span: Span) -> Span {
        let line = min(max(1, span.line), lines.count)
        let width = widths[line - 1]
        // An error may stand just behind the last character: something is missing there.
        let column = span.line > lines.count ? width + 1 : min(max(1, span.column), width + 1)
        return Span(line: line, column: column, length: min(span.length, width + 1 - column))
    }

    /// `FILE:LINE:COLUMN`, which editors jump to.
    package func place(of span: Span) -> String { "\(file):\(span.line):\(span.column)" }
}
