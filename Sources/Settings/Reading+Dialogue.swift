import Core

// Bytes that a check sends, and bytes that it expects: a text, or hexadecimal digits where the
// protocol is none of texts.

extension Reading {
    /// Reads `send` and `expect`.
    mutating func dialogue(_ fields: Fields) -> Dialogue {
        Dialogue(
            sent: fields["send"].flatMap { bytes($0, "send") } ?? [],
            expected: fields["expect"].flatMap { bytes($0, "expect") }
        )
    }

    /// Reads bytes: a text as it stands, or `{ hex: 00ff }`.
    mutating func bytes(_ node: YAMLNode, _ key: String) -> [UInt8]? {
        guard case .map = node.content else {
            guard let text = text(node, key) else { return nil }
            return bounded(Array(text.utf8), node, key)
        }
        guard let fields = fields(node, of: .bytes),
            let digits = required("hex", of: fields, what: "`\(key)`"),
            let text = text(digits, "\(key).hex")
        else { return nil }
        guard let bytes = Self.bytes(ofHex: text) else {
            refuse(
                .text,
                at: digits.span,
                "`\(key).hex` cannot be \(text.ticked)",
                help: "write two hexadecimal digits for each byte: \"00ff 10\""
            )
            return nil
        }
        return bounded(bytes, digits, key)
    }

    private mutating func bounded(_ bytes: [UInt8], _ node: YAMLNode, _ key: String) -> [UInt8]? {
        guard (1...Limits.dialogueBytes).contains(bytes.count) else {
            let message = "`\(key)` must be 1 to \(Limits.dialogueBytes) bytes, not \(bytes.count)"
            refuse(.limit, at: node.span, message)
            return nil
        }
        return bytes
    }

    /// The bytes that pairs of hexadecimal digits spell, blanks aside; `nil` when they do not.
    static func bytes(ofHex text: String) -> [UInt8]? {
        let digits = text.unicodeScalars.filter { $0 != " " }.map { scalar -> UInt8? in
            guard scalar.isASCII else { return nil }
            return Character(scalar).hexDigitValue.map { UInt8(truncatingIfNeeded: $0) }
        }
        guard digits.count.isMultiple(of: 2) else { return nil }
        var bytes: [UInt8] = []
        for index in stride(from: 0, to: digits.count, by: 2) {
            guard let high = digits[index], let low = digits[index + 1] else { return nil }
            bytes.append(high << 4 | low)
        }
        return bytes
    }
}
