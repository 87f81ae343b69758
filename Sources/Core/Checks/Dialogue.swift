/// Bytes that a server is sent, and bytes that its answer must hold.
package struct Dialogue: Hashable, Sendable {
    /// What is sent at first; may be empty where the server speaks first.
    package var sent: [UInt8]
    /// What the answer must hold somewhere; `nil` for any answer.
    package var expected: [UInt8]?

    /// A dialogue of these parts.
    package init(sent: [UInt8] = [], expected: [UInt8]? = nil) {
        self.sent = sent
        self.expected = expected
    }
}
