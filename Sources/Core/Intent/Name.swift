package import Net

/// A name an operator gave to a VIP, a service, a pool or a check: `[a-z0-9][a-z0-9-]*`.
///
/// The narrow alphabet lets a name travel unescaped through metrics labels, log fields, URLs and
/// terminals.
package struct Name: Hashable, Comparable, Sendable {
    /// The longest name: a DNS label's 63 (RFC 1035 §2.3.4), so that a name can become one.
    package static let longest = 63

    /// The text of the name.
    package let text: String

    /// Accepts `text` when it is a name.
    package init(parsing text: String) throws(ParseError) {
        guard text.utf8.count <= Self.longest else {
            throw ParseError(text, "is longer than \(Self.longest) characters")
        }
        guard let first = text.utf8.first, first != UInt8(ascii: "-"),
            text.utf8.allSatisfy(Self.isAllowed)
        else {
            throw ParseError(text, "is not a name; use a-z, 0-9 and -, not starting with -")
        }
        self.text = text
    }

    /// The name of what is there once and was not given one.
    static let usual = Name(verbatim: "default")

    /// The name of a speaker that was called `name` until it left, and that none of `taken` has.
    static func former(_ name: Name, besides taken: Set<Name>) -> Name {
        let mark = "former-"
        let base = name.text.hasPrefix(mark) ? name.text : mark + name.text
        // Short enough for a number behind it.
        let stem = String(base.prefix(longest - 4))
        var found = Name(verbatim: stem)
        var number = 2
        while taken.contains(found) {
            found = Name(verbatim: "\(stem)-\(number)")
            number += 1
        }
        return found
    }

    /// Takes a literal of this program for a name.
    private init(verbatim text: String) { self.text = text }

    private static func isAllowed(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
            UInt8(ascii: "-"):
            true
        default: false
        }
    }

    package static func < (left: Self, right: Self) -> Bool { left.text < right.text }
}

extension Name: CustomStringConvertible {
    package var description: String { text }
}
