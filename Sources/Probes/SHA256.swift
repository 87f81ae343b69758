/// The digest of FIPS 180-4 §6.2, taken piece by piece.
///
/// Bodies are bounded, so speed is no concern, and a library of cryptography would be a second one
/// beside that of TLS for one function. Nothing secret is ever hashed here.
struct SHA256: Sendable {
    /// The bytes of a digest.
    static let byteCount = 32

    // The first 32 bits of the fractional parts of the square roots of the first 8 primes.
    private var state: [UInt32] = [
        0x6a09_e667, 0xbb67_ae85, 0x3c6e_f372, 0xa54f_f53a,
        0x510e_527f, 0x9b05_688c, 0x1f83_d9ab, 0x5be0_cd19,
    ]
    private var block: [UInt8] = []
    private var byteCount: UInt64 = 0

    /// The digest of nothing yet.
    init() { block.reserveCapacity(64) }

    /// Takes the next bytes.
    mutating func take(_ bytes: some Sequence<UInt8>) {
        for byte in bytes { take(byte) }
    }

    /// The digest of all bytes so far.
    func digest() -> [UInt8] {
        var rest = self
        let bits = byteCount &* 8
        rest.take(0x80)
        while rest.block.count != 56 { rest.take(0) }
        for shift in stride(from: 56, through: 0, by: -8) {
            rest.take(UInt8(truncatingIfNeeded: bits >> UInt64(shift)))
        }
        return rest.state.flatMap { word in
            [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: word >> UInt32($0)) }
        }
    }

    private mutating func take(_ byte: UInt8) {
        block.append(byte)
        byteCount &+= 1
        guard block.count == 64 else { return }
        mix()
        block.removeAll(keepingCapacity: true)
    }

    private mutating func mix() {
        var words = [UInt32](repeating: 0, count: 64)
        for index in 0..<16 {
            words[index] = block[(index * 4)..<(index * 4 + 4)].reduce(0) { $0 << 8 | UInt32($1) }
        }
        for index in 16..<64 {
            let early = words[index - 15]
            let late = words[index - 2]
            let low = early.rotated(7) ^ early.rotated(18) ^ (early >> 3)
            let high = late.rotated(17) ^ late.rotated(19) ^ (late >> 10)
            words[index] = words[index - 16] &+ low &+ words[index - 7] &+ high
        }
        var work = state
        for index in 0..<64 {
            let high = work[4].rotated(6) ^ work[4].rotated(11) ^ work[4].rotated(25)
            let choice = (work[4] & work[5]) ^ (~work[4] & work[6])
            let first = work[7] &+ high &+ choice &+ Self.constants[index] &+ words[index]
            let low = work[0].rotated(2) ^ work[0].rotated(13) ^ work[0].rotated(22)
            let majority = (work[0] & work[1]) ^ (work[0] & work[2]) ^ (work[1] & work[2])
            let second = low &+ majority
            work = [
                first &+ second, work[0], work[1], work[2], work[3] &+ first, work[4], work[5],
                work[6],
            ]
        }
        for index in state.indices { state[index] &+= work[index] }
    }

    // The same of the cube roots of the first 64 primes (FIPS 180-4 §4.2.2).
    private static let constants: [UInt32] = [
        0x428a_2f98, 0x7137_4491, 0xb5c0_fbcf, 0xe9b5_dba5, 0x3956_c25b, 0x59f1_11f1, 0x923f_82a4,
        0xab1c_5ed5, 0xd807_aa98, 0x1283_5b01, 0x2431_85be, 0x550c_7dc3, 0x72be_5d74, 0x80de_b1fe,
        0x9bdc_06a7, 0xc19b_f174, 0xe49b_69c1, 0xefbe_4786, 0x0fc1_9dc6, 0x240c_a1cc, 0x2de9_2c6f,
        0x4a74_84aa, 0x5cb0_a9dc, 0x76f9_88da, 0x983e_5152, 0xa831_c66d, 0xb003_27c8, 0xbf59_7fc7,
        0xc6e0_0bf3, 0xd5a7_9147, 0x06ca_6351, 0x1429_2967, 0x27b7_0a85, 0x2e1b_2138, 0x4d2c_6dfc,
        0x5338_0d13, 0x650a_7354, 0x766a_0abb, 0x81c2_c92e, 0x9272_2c85, 0xa2bf_e8a1, 0xa81a_664b,
        0xc24b_8b70, 0xc76c_51a3, 0xd192_e819, 0xd699_0624, 0xf40e_3585, 0x106a_a070, 0x19a4_c116,
        0x1e37_6c08, 0x2748_774c, 0x34b0_bcb5, 0x391c_0cb3, 0x4ed8_aa4a, 0x5b9c_ca4f, 0x682e_6ff3,
        0x748f_82ee, 0x78a5_636f, 0x84c8_7814, 0x8cc7_0208, 0x90be_fffa, 0xa450_6ceb, 0xbef9_a3f7,
        0xc671_78f2,
    ]
}

extension UInt32 {
    fileprivate func rotated(_ places: UInt32) -> UInt32 {
        self >> places | self << (32 - places)
    }
}
