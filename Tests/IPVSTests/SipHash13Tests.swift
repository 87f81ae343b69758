import Testing

@testable import IPVS

@Suite struct SipHash13Tests {
    /// The reference's key: the bytes 0 to 15.
    static let key = SipHash13.Key(low: 0x0706_0504_0302_0100, high: 0x0f0e_0d0c_0b0a_0908)

    /// The low halves of the hashes of the bytes 0, 1, 2, … of every length from 0 to 63
    /// (`test_vectors_hsiphash` of the kernel's siphash self-test, for 64-bit machines).
    static let vectors: [UInt32] = [
        0x050f_c4dc, 0x7d57_ca93, 0x4dc7_d44d, 0xe7dd_f7fb, 0x88d3_8328, 0x4953_3b67,
        0xc59f_22a7, 0x9bb1_1140, 0x8d29_9a8e, 0x6c06_3de4, 0x92ff_097f, 0xf94d_c352,
        0x57b4_d9a2, 0x1229_ffa7, 0xc0f9_5d34, 0x2a51_9956, 0x7d90_8b66, 0x63db_d80c,
        0xb473_e63e, 0x8d29_7d1c, 0xa6cc_e040, 0x2b45_f844, 0xa320_872e, 0xdae6_c123,
        0x6734_9c8c, 0x705b_0979, 0xca99_13a5, 0x4ade_3b35, 0xef6c_d00d, 0x4ab1_e1f4,
        0x43c5_e663, 0x8c21_d1bc, 0x16a7_b60d, 0x7a8f_f9bf, 0x1f2a_753e, 0xbf18_6b91,
        0xada2_6206, 0xa3c3_3057, 0xae3a_36a1, 0x7b10_8392, 0x99e4_1531, 0x3f1a_d944,
        0xc813_8825, 0xc289_49a6, 0xfaf8_876b, 0x9f04_2196, 0x68b1_d623, 0x8b51_14fd,
        0xdf07_4c46, 0x12cc_86b3, 0x0a52_098f, 0x9d29_2f9a, 0xa2f4_1f12, 0x43a7_1ed0,
        0x73f0_bce6, 0x70a7_e980, 0x243c_6d75, 0xfdb7_1513, 0xa67d_8a08, 0xb7e8_f148,
        0xf7a6_44ee, 0x0f18_37f2, 0x4b66_94e0, 0xb7bb_b3a8,
    ]

    /// The hash of `bytes`, eight to a word.
    private func hash(_ bytes: [UInt8]) -> UInt64 {
        var sum = SipHash13(key: Self.key)
        let whole = bytes.count / 8 * 8
        for start in stride(from: 0, to: whole, by: 8) {
            sum.absorb(word(bytes[start..<start + 8]))
        }
        return sum.finish(tail: word(bytes[whole...]), count: bytes.count)
    }

    private func word(_ bytes: ArraySlice<UInt8>) -> UInt64 {
        bytes.reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }

    @Test("The reference's vectors", arguments: 0..<64)
    func reference(count: Int) {
        let bytes = (0..<count).map { UInt8($0) }
        #expect(UInt32(truncatingIfNeeded: hash(bytes)) == Self.vectors[count])
    }

    @Test("One word is four bytes")
    func word() {
        #expect(SipHash13.hash32(0x0302_0100, key: Self.key) == Self.vectors[4])
    }
}
