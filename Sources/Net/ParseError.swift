/// A text that is not what it was read as, with the reason in words an operator can act on.
public struct ParseError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The text as it was given.
    public let text: String
    /// Why it was refused, as the end of a sentence that begins with the text.
    public let reason: String

    /// Records that `text` was refused because of `reason`.
    public init(_ text: String, _ reason: String) {
        self.text = text
        self.reason = reason
    }

    public var description: String { "\(text) \(reason)" }
}
