/// The bytes of one request over a fresh connection of HTTP/2 (RFC 9113).
///
/// Its fields are written as they are, without a table and without compression (RFC 7541 section
/// 6.2.2): a probe sends them once, and every server reads that form.
enum HTTP2Request {
    /// What a connection begins with (section 3.4).
    private static let preface = Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8)

    /// A frame.
    static func frame(
        _ kind: UInt8,
        _ flags: UInt8,
        stream: UInt32,
        _ payload: some Collection<UInt8>
    ) -> [UInt8] {
        let length = UInt32(payload.count)
        return [UInt8(truncatingIfNeeded: length >> 16)]
            + UInt16(truncatingIfNeeded: length).bigEndianBytes + [kind, flags] + word(stream)
            + payload
    }

    /// The whole request: the preface, our settings, the head, and `body` where there is one.
    static func bytes(_ fields: [(name: String, value: String)], body: [UInt8]? = nil) -> [UInt8] {
        // No pushes, and a window that takes all of a body that is read, so that none is moved.
        let settings: [UInt8] =
            [0, 2] + word(0) + [0, 4] + word(HTTP2Reader.window)
        var bytes = preface + frame(4, 0, stream: 0, settings)
        bytes += frame(8, 0, stream: 0, word(HTTP2Reader.window - 65_535))
        let block = fields.flatMap { field -> [UInt8] in
            [0] + text(field.name) + text(field.value)
        }
        var rest = block[...]
        var kind: UInt8 = 1
        // The last piece says that the head is whole; the first, whether a body comes.
        repeat {
            let piece = rest.prefix(HTTP2Reader.longestFrame)
            rest = rest.dropFirst(piece.count)
            let end: UInt8 = kind == 1 && body == nil ? 0x1 : 0
            bytes += frame(kind, end | (rest.isEmpty ? 0x4 : 0), stream: 1, piece)
            kind = 9
        } while !rest.isEmpty
        if let body { bytes += frame(0, 0x1, stream: 1, body) }
        return bytes
    }

    private static func word(_ number: UInt32) -> [UInt8] {
        UInt16(truncatingIfNeeded: number >> 16).bigEndianBytes
            + UInt16(truncatingIfNeeded: number).bigEndianBytes
    }

    /// A string of RFC 7541 section 5.2, its length first (section 5.1).
    private static func text(_ text: String) -> [UInt8] {
        let bytes = Array(text.utf8)
        guard bytes.count >= 127 else { return [UInt8(bytes.count)] + bytes }
        var rest = bytes.count - 127
        var length: [UInt8] = [127]
        while rest >= 128 {
            length.append(UInt8(rest % 128) | 0x80)
            rest /= 128
        }
        return length + [UInt8(rest)] + bytes
    }
}
