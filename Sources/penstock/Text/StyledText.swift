internal import API

/// One line of text with the meaning of its parts, which a screen shows as colours.
///
/// Everything shown goes through here, and here control characters become visible escapes: names,
/// notes and the words of other programs may hold anything, and must not act on a terminal.
package struct StyledText: Equatable, Sendable, ExpressibleByStringInterpolation {
    /// What a part means.
    package enum Style: Equatable, Sendable, CaseIterable {
        case plain, good, warning, bad, faint, strong

        /// The parameters of ECMA-48's SGR that show it; the words alone must say it, too.
        var parameters: String? {
            switch self {
            case .plain: nil
            case .good: "32"
            case .warning: "33"
            case .bad: "31"
            case .faint: "2"
            case .strong: "1"
            }
        }
    }

    private var parts: [(text: String, style: Style)]

    /// A line of one part.
    package init(_ text: String, _ style: Style = .plain) {
        parts = [(Self.printable(text), style)]
    }

    /// A line without any meaning but its words.
    package init(stringLiteral text: String) { self.init(text) }

    /// Whether two lines look the same.
    package static func == (left: Self, right: Self) -> Bool {
        left.rendered(hasColor: true) == right.rendered(hasColor: true)
    }

    /// The one line after the other.
    package static func + (left: Self, right: Self) -> Self {
        var line = left
        line.parts += right.parts
        return line
    }

    /// Adds a line at the end of another.
    package static func += (left: inout Self, right: Self) { left.parts += right.parts }

    /// The columns it takes, counting one for each character.
    package var width: Int { parts.reduce(0) { $0 + $1.text.count } }

    /// True when there is nothing to see.
    package var isEmpty: Bool { parts.allSatisfy(\.text.isEmpty) }

    /// This line with spaces up to `width`, after or before it.
    package func padded(to width: Int, onLeft: Bool = false) -> StyledText {
        let gap = StyledText(String(repeating: " ", count: max(0, width - self.width)))
        return onLeft ? gap + self : self + gap
    }

    /// The text for a terminal, without the spaces at its end.
    package func rendered(hasColor: Bool) -> String {
        var text = ""
        for part in trimmed {
            guard hasColor, let parameters = part.style.parameters else {
                text += part.text
                continue
            }
            text += "\u{1B}[\(parameters)m\(part.text)\u{1B}[0m"
        }
        return text
    }

    private var trimmed: [(text: String, style: Style)] {
        var parts = parts
        while let last = parts.last {
            let text = last.text.utf8
            guard let end = text.lastIndex(where: { $0 != UInt8(ascii: " ") }) else {
                parts.removeLast()
                continue
            }
            parts[parts.count - 1].text = String(last.text[...end])
            break
        }
        return parts
    }

    /// `text` with a visible escape in place of everything that would act on a terminal.
    private static func printable(_ text: String) -> String {
        guard text.unicodeScalars.contains(where: \.isUnprintable) else { return text }
        return text.unicodeScalars.map { scalar in
            scalar.isUnprintable ? scalar.escaped(asASCII: true) : String(scalar)
        }.joined()
    }
}

extension Sequence<StyledText> {
    /// The lines in one, with `separator` between them.
    package func joined(separator: String) -> StyledText {
        var line = StyledText("")
        for (index, part) in enumerated() {
            if index > 0 { line += StyledText(separator) }
            line += part
        }
        return line
    }
}
