/// Problems as a person reads them, in the order of the file.
///
///     penstock.yaml:28:5: error[C110]: unknown key `intervall`; did you mean `every`?
///        28 |     intervall: 2s
///           |     ^~~~~~~~~
///           = help: …
///
/// The first line of each is what editors and CI annotations parse. There is no colour in it;
/// the command line adds that where a terminal can show it.
package struct Report: Sendable {
    private let source: Source
    private let problems: [Problem]

    /// The report on `problems` found in `source`.
    package init(_ problems: [Problem], in source: Source) {
        self.source = source
        self.problems = problems
    }

    /// The whole text, one line break at its end; empty when there is nothing to report.
    package var text: String {
        var lines = problems.prefix(Limits.problemsShown).flatMap(describe)
        let more = problems.count - Limits.problemsShown
        if more > 0 {
            let noun = problems.allSatisfy { $0.severity == .error } ? "error" : "problem"
            lines.append("\(more) more \(noun)\(more == 1 ? "" : "s")")
        }
        return lines.map { $0 + "\n" }.joined()
    }

    private func describe(_ problem: Problem) -> [String] {
        let span = problem.span
        let headline = "\(problem.severity.rawValue)[\(problem.code)]: \(problem.message)"
        var result = ["\(source.place(of: span)): \(headline)"]
        let number = "\(span.line)"
        let margin = String(repeating: " ", count: max(0, 5 - number.count))
        let gutter = String(repeating: " ", count: max(5, number.count))
        if problem.code.hasPlace, source.lines.indices.contains(span.line - 1) {
            let (shown, offset) = window(span)
            result.append("\(margin)\(number) | \(shown)".trimmingEnd)
            let room = max(1, shown.unicodeScalars.count - offset)
            let tildes = String(repeating: "~", count: min(span.length, room) - 1)
            result.append("\(gutter) | \(String(repeating: " ", count: offset))^\(tildes)")
        }
        if !problem.help.isEmpty { result.append("\(gutter) = help: \(problem.help)") }
        return result
    }

    /// The part of the line around `span` that fits, and how far into it the span begins.
    private func window(_ span: Span) -> (shown: String, offset: Int) {
        let scalars = Array(source.lines[span.line - 1].unicodeScalars)
        let width = Limits.columnsShown
        // A third of the room goes to what stands before, which says what the value belongs to.
        let start = scalars.count <= width ? 0 : max(0, span.column - 1 - width / 3)
        let end = min(scalars.count, start + width)
        var text = String.UnicodeScalarView()
        text.append(contentsOf: scalars[min(start, end)..<end])
        let before = start > 0 ? "…" : ""
        let after = end < scalars.count ? "…" : ""
        return (
            before + String(text).harmless + after,
            span.column - 1 - start + before.unicodeScalars.count
        )
    }
}

extension String {
    fileprivate var trimmingEnd: String {
        var result = self
        while result.hasSuffix(" ") { result.removeLast() }
        return result
    }
}
