/// The two messages of gRPC's health protocol (`grpc.health.v1`, health.proto), by hand: each has
/// one field.
enum HealthMessage {
    /// What a service says of itself.
    enum Status: UInt64, Hashable, Sendable {
        case unknown = 0
        case serving = 1
        case notServing = 2
        case serviceUnknown = 3

        /// The word of the protocol.
        var word: String {
            switch self {
            case .unknown: "UNKNOWN"
            case .serving: "SERVING"
            case .notServing: "NOT_SERVING"
            case .serviceUnknown: "SERVICE_UNKNOWN"
            }
        }
    }

    /// That bytes are no message of this kind.
    struct Fault: Error, Hashable, Sendable {}

    /// The longest answer: one field needs two bytes, and a server may know more fields than we.
    static let longest = 1_024

    /// The request about `service`, framed as gRPC frames messages: not packed, its length, itself.
    static func request(service: String) -> [UInt8] {
        let name = Array(service.utf8)
        // Field 1, a string; the default of a field is not sent.
        let message = name.isEmpty ? [] : [0x0a] + varint(UInt64(name.count)) + name
        return frame(message)
    }

    /// `message` as gRPC frames it.
    static func frame(_ message: [UInt8]) -> [UInt8] {
        [0, 0, 0] + UInt16(truncatingIfNeeded: message.count).bigEndianBytes + message
    }

    /// The status in the answer `bytes`, without the frame; others of its fields are passed over.
    static func status(in bytes: ArraySlice<UInt8>) throws(Fault) -> UInt64 {
        var rest = bytes
        var status: UInt64 = 0
        while !rest.isEmpty {
            let tag = try varint(&rest)
            guard tag >> 3 > 0 else { throw Fault() }
            switch (tag >> 3, tag & 7) {
            // The last of a field that should be there once is the one that counts.
            case (1, 0): status = try varint(&rest)
            case (1, _): throw Fault()
            case (_, 0): _ = try varint(&rest)
            case (_, 1): try skip(8, of: &rest)
            case (_, 2): try skip(try varint(&rest), of: &rest)
            case (_, 5): try skip(4, of: &rest)
            default: throw Fault()
            }
        }
        return status
    }

    private static func skip(_ count: UInt64, of rest: inout ArraySlice<UInt8>) throws(Fault) {
        guard count <= UInt64(rest.count) else { throw Fault() }
        rest = rest.dropFirst(Int(count))
    }

    private static func varint(_ rest: inout ArraySlice<UInt8>) throws(Fault) -> UInt64 {
        var number: UInt64 = 0
        // Seven bits each: ten bytes hold 64.
        for place in 0..<10 {
            guard let byte = rest.popFirst() else { throw Fault() }
            guard place < 9 || byte <= 1 else { throw Fault() }
            number |= UInt64(byte & 0x7f) << (7 * UInt64(place))
            if byte & 0x80 == 0 { return number }
        }
        throw Fault()
    }

    private static func varint(_ number: UInt64) -> [UInt8] {
        var rest = number
        var bytes: [UInt8] = []
        while rest >= 128 {
            bytes.append(UInt8(rest & 0x7f) | 0x80)
            rest >>= 7
        }
        return bytes + [UInt8(rest)]
    }
}
