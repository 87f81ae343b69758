import Net

/// The address of a card on an Ethernet.
struct HardwareAddress: Hashable, Sendable, CustomStringConvertible {
    /// Everybody on the link.
    static let everybody = HardwareAddress(number: 0xffff_ffff_ffff)

    /// The six bytes as a number.
    private let number: UInt64

    private init(number: UInt64) { self.number = number }

    /// The address in these bytes of network order; `nil` unless they are six.
    init?(bytes: some Collection<UInt8>) {
        guard bytes.count == 6 else { return nil }
        number = bytes.reduce(0) { $0 << 8 | UInt64($1) }
    }

    /// The six bytes in network order.
    var bytes: [UInt8] {
        stride(from: UInt64(40), through: 0, by: -8).map {
            UInt8(truncatingIfNeeded: number >> $0)
        }
    }

    /// Whether it may be that of one card: it is none of a group, and not the one that means none.
    var isOfOneCard: Bool { number != 0 && number >> 40 & 1 == 0 }

    /// Two digits for each byte, with colons between them.
    var description: String {
        bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined(separator: ":")
    }
}

/// A packet of ARP (RFC 826) for Ethernet and IPv4.
///
/// Two bytes each: the kinds of hardware and protocol (1, 0x0800), a byte each: how long addresses
/// of these are (6, 4), two bytes: what it is; then who sends it, and whom it is about.
struct ARPPacket: Hashable, Sendable {
    /// What it is.
    enum Operation: UInt16, Sendable {
        case request = 1
        case reply = 2
    }

    /// A card, and the address that is said to be its.
    struct Party: Hashable, Sendable {
        let hardware: HardwareAddress
        let address: IPAddress
    }

    /// The bytes of one; behind them there may be padding, up to the smallest frame of Ethernet.
    static let byteCount = 28

    /// What all of them begin with.
    private static let kinds: [UInt8] = [0, 1, 8, 0, 6, 4]

    let operation: Operation
    let sender: Party
    let target: Party

    /// A packet of these parts.
    init(_ operation: Operation, from sender: Party, to target: Party) {
        self.operation = operation
        self.sender = sender
        self.target = target
    }

    /// The question of `party` who has `address`.
    init(asking address: IPAddress, as party: Party) {
        self.init(.request, from: party, to: Party(hardware: .unknown, address: address))
    }

    /// Reads one; `nil` for what is none, or comes from nobody who could be.
    init?(_ bytes: some Collection<UInt8>) {
        let bytes = Array(bytes.prefix(Self.byteCount))
        guard bytes.count == Self.byteCount, bytes.starts(with: Self.kinds), bytes[6] == 0,
            let operation = Operation(rawValue: UInt16(bytes[7])),
            let sender = Party(bytes[8..<18]), let target = Party(bytes[18..<28]),
            sender.hardware.isOfOneCard
        else { return nil }
        self.init(operation, from: sender, to: target)
    }

    /// The bytes of it, without padding.
    var bytes: [UInt8] {
        Self.kinds + operation.rawValue.bigEndianBytes + sender.bytes + target.bytes
    }
}

extension HardwareAddress {
    /// What stands in a question where the answer belongs.
    fileprivate static let unknown = HardwareAddress(number: 0)
}

extension ARPPacket.Party {
    fileprivate init?(_ bytes: ArraySlice<UInt8>) {
        guard let hardware = HardwareAddress(bytes: bytes.prefix(6)),
            let address = IPAddress(bytes: bytes.dropFirst(6))
        else { return nil }
        self.init(hardware: hardware, address: address)
    }

    fileprivate var bytes: [UInt8] { hardware.bytes + address.bytes }
}
