/// The name of a network interface, as the kernel takes it.
package struct LinkName: Hashable, Sendable {
    /// The longest name in bytes: `IFNAMSIZ` has room for one more, the NUL.
    package static let maximumBytes = 15

    /// The name.
    package let text: String

    /// The interface of this name; `nil` for what the kernel would refuse or not take literally.
    ///
    /// `dev_valid_name` refuses an empty or long name, `.` and `..`, and `/`, `:` and white space
    /// anywhere; a `%` would make the kernel invent a number for it.
    package init?(_ text: String) {
        let bytes = Array(text.utf8)
        guard (1...Self.maximumBytes).contains(bytes.count), text != ".", text != "..",
            bytes.allSatisfy({ $0 > 0x20 && $0 < 0x7f && !"/:%".utf8.contains($0) })
        else { return nil }
        self.text = text
    }
}

extension LinkName: CustomStringConvertible {
    package var description: String { text }
}
