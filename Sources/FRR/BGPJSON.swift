import Net

/// A shape that is read from the JSON of a `show`.
///
/// A key that is missing is a fault and never an empty list: what was not seen is unknown.
protocol JSONReadable {
    init(json cursor: inout JSONCursor) throws(JSONFault)
}

/// Reads the JSON of a `show` into one of the shapes of this library.
enum BGPJSON {
    static func decode<Shape: JSONReadable>(
        _ shape: Shape.Type,
        from reply: VTYReply,
        to line: VTYLine
    ) throws(FRRError) -> Shape {
        do {
            return try read(shape, reply.bytes)
        } catch {
            throw .unreadable(line: line.text, reason: "\(error)")
        }
    }

    /// Reads the whole of `bytes`.
    static func read<Shape: JSONReadable>(
        _ shape: Shape.Type,
        _ bytes: [UInt8]
    ) throws(JSONFault) -> Shape {
        var cursor = JSONCursor(bytes)
        let found = try Shape(json: &cursor)
        try cursor.end()
        return found
    }
}

extension JSONCursor {
    /// Reads an AS number: a number, or with `as-notation dot` a string.
    mutating func asn() throws(JSONFault) -> ASN {
        guard next() == UInt8(ascii: "\"") else {
            guard let number = UInt32(exactly: try integer()) else {
                throw fault("an AS number has more than 32 bits")
            }
            return ASN(number)
        }
        let text = try string()
        do {
            return try ASN(parsing: text)
        } catch {
            throw fault("\(error)")
        }
    }

    /// The name of a peer that is a key.
    func peer(_ key: Text) throws(JSONFault) -> PeerName {
        do {
            return try PeerName(parsing: string(of: key))
        } catch {
            throw fault("\(error)")
        }
    }
}

extension Optional {
    /// The value behind a key that every version prints.
    func required(_ key: String, _ cursor: JSONCursor) throws(JSONFault) -> Wrapped {
        guard let self else { throw cursor.fault("the key \(key) is missing") }
        return self
    }
}
