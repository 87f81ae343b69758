internal import Net

extension MaglevTable {
    /// What the table says, in 16 hexadecimal digits, the same on every machine.
    ///
    /// It covers the effective table: the number of slots, the flags, and for every slot the
    /// endpoint that takes its flows, or that none does. Tables of one digest answer every flow
    /// alike; weights, members without a slot and the order count only as far as they move slots,
    /// and whose slot it is that takes no flows does not count. The flags count even while they
    /// change no answer, because with the next server that fails they will.
    public var digest: String {
        var sum = SipHash13(key: .digest)
        sum.absorb(UInt64(size.rawValue) << 32 | UInt64(flags.rawValue))
        let names = members.map { $0.isAvailable ? Self.name($0.endpoint) : 0 }
        // A table without owners answers like one whose owners take no flows: never.
        let takers =
            owners.isEmpty
            ? Array(repeating: 0, count: size.slotCount) : owners.map { names[Int($0)] }
        for taker in takers { sum.absorb(taker) }
        let digits = String(sum.finish(count: takers.count * 8 + 8), radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }

    /// A number that stands for an endpoint.
    private static func name(_ endpoint: Endpoint) -> UInt64 {
        var sum = SipHash13(key: .digest)
        sum.absorb(UInt64(endpoint.address.family.byteCount) << 16 | UInt64(endpoint.port.number))
        sum.absorb(UInt64(truncatingIfNeeded: endpoint.address.bits >> 64))
        sum.absorb(UInt64(truncatingIfNeeded: endpoint.address.bits))
        return sum.finish(count: 24)
    }
}

extension SipHash13.Key {
    /// The letters "penstock" and "mh table"; another key would be another digest everywhere.
    fileprivate static let digest = Self(low: 0x6b63_6f74_736e_6570, high: 0x656c_6261_7420_686d)
}
