/// A text that is not what it was read as, with the reason in words an operator can act on.
package struct ParseError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The text as it was given.
    package let text: String
    /// Why it was refused, as the end of a sentence that begins with the text.
    package let reason: String

    /// Records that `text` was refused because of `reason`.
    package init(_ text: String, _ reason: String) {
        self.text = text
        self.reason = reason
    }

    package var description: String { "\(text) \(reason)" }
}
