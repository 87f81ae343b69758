import Core
import Net

// Values that stand under a key. A message begins with the key, so that it can be read without
// the line it points to.

extension Reading {
    /// The text of a single value, as it stands in the file.
    mutating func text(_ node: YAMLNode, _ key: String) -> String? {
        guard case .scalar(let scalar) = node.content, !node.isNull else {
            // A plain [2001:db8::1]:443 is a list to YAML, and {{ x }} of a template is a map.
            refuse(
                .shape,
                at: node.span,
                "`\(key)` is a single value, not \(node.kind)",
                help: "put the value in quotes if it begins with [ or {"
            )
            return nil
        }
        return scalar.text
    }

    /// A whole number of `range`, in decimal digits.
    mutating func number(_ node: YAMLNode?, _ key: String, _ range: ClosedRange<Int>) -> Int? {
        guard let node, let text = text(node, key) else { return nil }
        guard let number = Digits.number(text), range.contains(number) else {
            refuse(
                .number,
                at: node.span,
                "`\(key)` must be \(range.lowerBound) to \(range.upperBound), not \(text.ticked)",
                help: Digits.hasLeadingZero(text)
                    ? "write it without the leading zero, which some programs read as octal" : ""
            )
            return nil
        }
        return number
    }

    /// A duration with its unit, within `range`.
    mutating func duration(
        _ node: YAMLNode?,
        _ key: String,
        _ range: ClosedRange<Duration>
    ) -> Duration? {
        guard let node, let text = text(node, key) else { return nil }
        let help = "write a whole number and a unit: 500ms, 2s, 5m or 1h"
        let digits = text.prefix { $0.isASCII && $0.isNumber }
        let unit = text.dropFirst(digits.count)
        guard let amount = Digits.number(String(digits)) else {
            refuse(
                .duration,
                at: node.span,
                "`\(key)` must be a duration, not \(text.ticked)",
                help: help
            )
            return nil
        }
        guard let milliseconds = Self.units[String(unit)] else {
            let lack = unit.isEmpty ? "has no unit" : "has no unit that is known here"
            refuse(.duration, at: node.span, "`\(key)`: \(text.ticked) \(lack)", help: help)
            return nil
        }
        let (total, overflow) = amount.multipliedReportingOverflow(by: milliseconds)
        guard !overflow, total <= Limits.duration.milliseconds,
            range.contains(.milliseconds(total))
        else {
            let bounds = "\(range.lowerBound.written) to \(range.upperBound.written)"
            refuse(.duration, at: node.span, "`\(key)` must be \(bounds), not \(text.ticked)")
            return nil
        }
        return .milliseconds(total)
    }

    private static let units = ["ms": 1, "s": 1_000, "m": 60_000, "h": 3_600_000]

    /// `true` or `false`.
    mutating func flag(_ node: YAMLNode?, _ key: String) -> Bool? {
        guard let node, let text = text(node, key) else { return nil }
        switch text {
        case "true": return true
        case "false": return false
        default:
            refuse(
                .unknownWord,
                at: node.span,
                "`\(key)` must be `true` or `false`, not \(text.ticked)"
            )
            return nil
        }
    }

    /// One word of an enumeration.
    mutating func word<Word: RawRepresentable<String> & CaseIterable>(
        _ node: YAMLNode?,
        _ key: String,
        as type: Word.Type = Word.self
    ) -> Word? {
        guard let node, let text = text(node, key) else { return nil }
        if let word = Word(rawValue: text) { return word }
        refuse(word: text, at: node.span, key, allowed: Word.allCases.map(\.rawValue))
        return nil
    }

    /// Records that `text` is none of the words that `key` allows.
    mutating func refuse(word text: String, at span: Span, _ key: String, allowed: [String]) {
        let nearest = Spelling.nearest(to: text, among: allowed)
        let hint = nearest.map { "; did you mean `\($0)`?" } ?? ""
        refuse(
            .unknownWord,
            at: span,
            "`\(key)` cannot be \(text.ticked)\(hint)",
            help: "allowed: \(allowed.ticked)"
        )
    }

    /// A name of our own alphabet.
    mutating func name(_ node: YAMLNode?, _ key: String) -> Name? {
        guard let node, let text = text(node, key) else { return nil }
        return name(text, at: node.span, key)
    }

    /// A name that nothing else of its kind has; `what` is one of that kind, and `names` are those
    /// there are so far.
    mutating func uniqueName(
        _ node: YAMLNode?,
        _ what: String,
        among names: inout [Name: Span]
    ) -> Name? {
        guard let node, let name = name(node, "name") else { return nil }
        guard let other = names[name] else {
            names[name] = node.span
            return name
        }
        // The first place keeps the name, so that every later one tells of the same.
        let place = source.place(of: other)
        refuse(.duplicateName, at: node.span, "another \(what) is called `\(name)` at \(place)")
        return name
    }

    /// A name that is itself a key of the file.
    mutating func name(_ text: String, at span: Span, _ what: String) -> Name? {
        do throws(ParseError) {
            return try Name(parsing: text)
        } catch {
            refuse(.name, at: span, "`\(what)`: \(text.ticked) \(error.reason)")
            return nil
        }
    }

    /// A text whose every byte passes `isAllowed`.
    mutating func text(
        _ node: YAMLNode?,
        _ key: String,
        atMost limit: Int,
        help: String,
        where isAllowed: (String) -> Bool
    ) -> String? {
        guard let node, let text = text(node, key) else { return nil }
        guard text.utf8.count <= limit else {
            refuse(.text, at: node.span, "`\(key)` is longer than \(limit) bytes", help: help)
            return nil
        }
        guard !text.isEmpty, isAllowed(text) else {
            refuse(.text, at: node.span, "`\(key)` cannot be \(text.ticked)", help: help)
            return nil
        }
        return text
    }

    /// The path of a unix socket.
    mutating func socketPath(
        _ node: YAMLNode?,
        _ key: String,
        atMost limit: Int = Limits.socketPathBytes
    ) -> String? {
        text(
            node,
            key,
            atMost: limit,
            help: "an absolute path of at most \(limit) printable characters"
        ) { $0.hasPrefix("/") && !$0.hasSuffix("/") && $0.utf8.allSatisfy(Self.isGraphic) }
    }

    /// True for a visible ASCII character; not for a space, a control or a byte of anything else.
    static func isGraphic(_ byte: UInt8) -> Bool { (0x21...0x7e).contains(byte) }
}

/// Reads decimal digits and nothing else: no sign, no underscore, no leading zero.
enum Digits {
    /// The number that `text` spells, or `nil`.
    static func number(_ text: String) -> Int? {
        guard text.utf8.allSatisfy({ (0x30...0x39).contains($0) }), !hasLeadingZero(text) else {
            return nil
        }
        return Int(text)
    }

    /// True for `010`, which YAML 1.1 reads as eight.
    static func hasLeadingZero(_ text: String) -> Bool {
        text.utf8.count > 1 && text.utf8.first == 0x30
            && text.utf8.allSatisfy { (0x30...0x39).contains($0) }
    }
}

extension Duration {
    /// The whole milliseconds of this duration.
    var milliseconds: Int { Int(nanoseconds / 1_000_000) }

    /// This duration as the file would say it.
    var written: String {
        switch milliseconds {
        case 0: "0s"
        case let all where all.isMultiple(of: 3_600_000): "\(all / 3_600_000)h"
        case let all where all.isMultiple(of: 60_000): "\(all / 60_000)m"
        case let all where all.isMultiple(of: 1_000): "\(all / 1_000)s"
        case let all: "\(all)ms"
        }
    }
}
