import Net

/// Prefixes read from bytes, because a list of ten thousand is read every time it is looked at.
enum PrefixText {
    /// The prefix in `ADDRESS/LENGTH`; a bare address is none, because to bgpd it is classful.
    static func read(_ text: ArraySlice<UInt8>) -> Prefix? {
        guard let slash = text.lastIndex(of: UInt8(ascii: "/")),
            let length = number(text[(slash + 1)...], atMost: 128)
        else { return nil }
        let address: IPAddress
        if let bits = bits(v4: text[..<slash]) {
            address = IPAddress(v4: bits)
        } else if let other = IPAddress(String(decoding: text[..<slash], as: UTF8.self)) {
            address = other
        } else {
            return nil
        }
        guard let prefix = Prefix(address, length: length), prefix.address == address else {
            return nil
        }
        return prefix
    }

    /// The host prefix of `address` as text.
    static func host(_ address: IPAddress) -> String {
        guard address.family == .v4 else { return "\(address)/128" }
        let bits = UInt32(truncatingIfNeeded: address.bits)
        let parts = (bits >> 24, bits >> 16 & 0xff, bits >> 8 & 0xff, bits & 0xff)
        return "\(parts.0).\(parts.1).\(parts.2).\(parts.3)/32"
    }

    /// Four numbers with dots between them.
    private static func bits(v4 text: ArraySlice<UInt8>) -> UInt32? {
        var bits: UInt32 = 0
        var part = 0
        var digits = 0
        var dots = 0
        for byte in text {
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"):
                // A leading zero is octal to some programs, and an address to none of ours.
                if digits > 0, part == 0 { return nil }
                part = part * 10 + Int(byte - UInt8(ascii: "0"))
                digits += 1
                if part > 255 { return nil }
            case UInt8(ascii: "."):
                if digits == 0 { return nil }
                bits = bits << 8 | UInt32(part)
                (part, digits, dots) = (0, 0, dots + 1)
            default: return nil
            }
        }
        return dots == 3 && digits > 0 ? bits << 8 | UInt32(part) : nil
    }

    /// One to three digits.
    private static func number(_ text: ArraySlice<UInt8>, atMost most: Int) -> Int? {
        guard (1...3).contains(text.count) else { return nil }
        var value = 0
        for byte in text {
            guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) else { return nil }
            value = value * 10 + Int(byte - UInt8(ascii: "0"))
        }
        return value <= most ? value : nil
    }
}
