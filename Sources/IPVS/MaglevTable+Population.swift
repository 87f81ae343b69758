internal import Net

// How the slots are dealt out: each member walks the table in an order of its own and takes the
// next free slot, in turns, in the order of the list, as often per turn as its weight says.

extension MaglevTable {
    /// Which member gets each slot; empty when no member has a weight to get one by.
    static func populated(by members: [Member], family: AddressFamily, size: Size) -> [UInt32] {
        let divisor = members.reduce(0) { greatestCommonDivisor($0, $1.lastWeight) }
        guard divisor > 0 else { return [] }
        let shift = shift(members, divisor: divisor, size: size)
        var walks: [Walk] = members.indices.compactMap { index in
            let scaled = members[index].lastWeight / divisor
            // What the shift would make nothing of still gets one slot a turn.
            let turns = scaled >> shift == 0 ? (scaled == 0 ? 0 : 1) : scaled >> shift
            guard turns > 0 else { return nil }
            return Walk(
                of: UInt32(index),
                at: members[index].endpoint,
                turns: turns,
                family: family,
                slots: size.slotCount
            )
        }
        return deal(&walks, slots: size.slotCount)
    }

    private static func deal(_ walks: inout [Walk], slots: Int) -> [UInt32] {
        var owners = [UInt32](repeating: .max, count: slots)
        var left = slots
        // Every step below takes a slot, so this ends after as many.
        while left > 0 {
            for index in walks.indices {
                for _ in 0..<min(walks[index].turns, left) {
                    owners[walks[index].nextFree(in: owners)] = walks[index].member
                    left -= 1
                }
            }
        }
        return owners
    }

    /// By how many bits scaled weights are shortened, so that the heaviest fits `weightBits`.
    private static func shift(_ members: [Member], divisor: Int, size: Size) -> Int {
        let heaviest = members.reduce(0) { max($0, $1.lastWeight) } / divisor
        return max(0, Int.bitWidth - heaviest.leadingZeroBitCount - size.weightBits)
    }

    private static func greatestCommonDivisor(_ left: Int, _ right: Int) -> Int {
        var (left, right) = (left, right)
        while right != 0 { (left, right) = (right, left % right) }
        return left
    }
}

extension MaglevTable {
    /// A member's own order of the slots, and how far it has come.
    ///
    /// The number of slots is prime, so any step reaches every slot before it comes back.
    private struct Walk {
        let member: UInt32
        let turns: Int
        private var position: Int
        private let step: Int

        init(
            of member: UInt32,
            at endpoint: Endpoint,
            turns: Int,
            family: AddressFamily,
            slots: Int
        ) {
            self.member = member
            self.turns = turns
            let sum = MaglevTable.sum(endpoint.address, endpoint.port, family)
            position = Int(SipHash13.hash32(sum, key: .maglevOffset)) % slots
            step = Int(SipHash13.hash32(sum, key: .maglevStep)) % (slots - 1) + 1
        }

        /// Goes on to the first slot without an owner, which may be the one it stands on.
        mutating func nextFree(in owners: [UInt32]) -> Int {
            while owners[position] != .max {
                position += step
                if position >= owners.count { position -= owners.count }
            }
            return position
        }
    }

    /// What is hashed of an address and a port: their plain sum, an IPv6 address folded first.
    ///
    /// The family is the service's. Of an IPv6 destination of an IPv4 service, reached through a
    /// tunnel, only the first four bytes count, as in the kernel's union.
    static func sum(_ address: IPAddress, _ port: Port, _ family: AddressFamily) -> UInt32 {
        let folded: UInt32 =
            switch (family, address.family) {
            case (_, .v4): UInt32(truncatingIfNeeded: address.bits)
            case (.v4, .v6): UInt32(truncatingIfNeeded: address.bits >> 96)
            case (.v6, .v6):
                UInt32(truncatingIfNeeded: address.bits)
                    ^ UInt32(truncatingIfNeeded: address.bits >> 32)
                    ^ UInt32(truncatingIfNeeded: address.bits >> 64)
                    ^ UInt32(truncatingIfNeeded: address.bits >> 96)
            }
        return folded &+ UInt32(port.number)
    }
}

extension SipHash13.Key {
    /// `hash1` of ip_vs_mh.c: where a member starts, and which slot a client has.
    static let maglevOffset = Self(low: 2_654_435_761, high: 2_654_435_761)
    /// `hash2` of ip_vs_mh.c: how far a member goes at a time.
    static let maglevStep = Self(low: 2_654_446_892, high: 2_654_446_892)
}
