/// An echo request or reply of ICMP (RFC 792) or ICMPv6 (RFC 4443 §4).
///
/// Both families lay it out alike: type, code, checksum, identifier, sequence number, data.
struct EchoMessage: Hashable, Sendable {
    /// The bytes before the data.
    static let headerBytes = 8

    /// The types of one family.
    enum Family: Sendable {
        case v4
        case v6

        fileprivate var request: UInt8 { self == .v4 ? 8 : 128 }
        fileprivate var reply: UInt8 { self == .v4 ? 0 : 129 }
    }

    let identifier: UInt16
    let sequence: UInt16
    /// What a reply repeats of its request.
    let data: [UInt8]

    /// A message of these parts.
    init(identifier: UInt16, sequence: UInt16, data: [UInt8]) {
        self.identifier = identifier
        self.sequence = sequence
        self.data = data
    }

    /// The request of `family`, with its checksum where the kernel leaves that to us.
    ///
    /// That of ICMPv6 covers addresses too, and is always the kernel's (RFC 3542 §3.1).
    func request(_ family: Family) -> [UInt8] {
        let start = [family.request, 0]
        let rest = identifier.bigEndianBytes + sequence.bigEndianBytes + data
        guard family == .v4 else { return start + [0, 0] + rest }
        return start + Self.checksum(start + [0, 0] + rest).bigEndianBytes + rest
    }

    /// Reads a reply of `family`; `nil` for everything else that a socket of ICMP hears.
    ///
    /// A raw socket of IPv4 gets the IP header too (raw(7)), and before the kernel has looked at
    /// the checksum; its first byte tells it from any message of ICMP, as types 64 to 79 are not
    /// assigned.
    init?(reply bytes: ArraySlice<UInt8>, _ family: Family) {
        var message = bytes
        if family == .v4, let first = bytes.first, first >> 4 == 4 {
            let header = Int(first & 0xf) * 4
            guard header >= 20, bytes.count >= header else { return nil }
            message = bytes.dropFirst(header)
        }
        guard message.count >= Self.headerBytes else { return nil }
        let start = message.startIndex
        guard message[start] == family.reply, message[start + 1] == 0,
            family == .v6 || Self.checksum(Array(message)) == 0
        else { return nil }
        func number(at place: Int) -> UInt16 {
            UInt16(message[start + place]) << 8 | UInt16(message[start + place + 1])
        }
        self.init(
            identifier: number(at: 4),
            sequence: number(at: 6),
            data: Array(message.dropFirst(Self.headerBytes))
        )
    }

    /// The checksum of RFC 1071; over a message with its checksum in it, 0.
    private static func checksum(_ bytes: [UInt8]) -> UInt16 {
        var sum: UInt32 = 0
        for index in stride(from: 0, to: bytes.count, by: 2) {
            let low = index + 1 < bytes.count ? bytes[index + 1] : 0
            sum += UInt32(bytes[index]) << 8 | UInt32(low)
            sum = (sum & 0xffff) + (sum >> 16)
        }
        return ~UInt16(truncatingIfNeeded: sum)
    }
}
