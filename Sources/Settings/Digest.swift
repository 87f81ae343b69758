/// A short fingerprint of a configuration's text, to tell two versions apart at a glance.
///
/// It is FNV-1a with 64 bits (RFC 9923): no secret depends on it, and nothing is signed by it.
package struct Digest: Hashable, Sendable, CustomStringConvertible {
    /// The 64 bits.
    package let bits: UInt64

    /// The fingerprint of `text`.
    package init(of text: String) {
        var bits: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in text.utf8 { bits = (bits ^ UInt64(byte)) &* 0x0000_0100_0000_01b3 }
        self.bits = bits
    }

    /// Sixteen hexadecimal digits.
    package var description: String {
        let digits = String(bits, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}
