@testable import Probes
import Testing
import TestSupport

/// The search for bytes in a stream, and digests, against what is known to be right.
@Suite struct ByteSearchTests {
    private static func find(_ needle: [UInt8], in bytes: [UInt8], cutAt cuts: [Int]) -> Bool {
        var search = ByteSearch(for: needle)
        var start = 0
        for end in cuts + [bytes.count] where end > start {
            search.take(bytes[start..<end])
            start = end
        }
        return search.isFound
    }

    /// Few different bytes, so that much nearly matches.
    @Test(arguments: UInt64(0)..<50)
    func agreesWithTheObviousSearch(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<50 {
            let needle = (0..<Int.random(in: 0...6, using: &generator)).map { _ in
                UInt8.random(in: 0...1, using: &generator)
            }
            let bytes = (0..<Int.random(in: 0...40, using: &generator)).map { _ in
                UInt8.random(in: 0...1, using: &generator)
            }
            let obvious =
                needle.isEmpty
                || bytes.indices.contains { bytes[$0...].starts(with: needle) }
            #expect(Self.find(needle, in: bytes, cutAt: []) == obvious)
            #expect(Self.find(needle, in: bytes, cutAt: Array(bytes.indices)) == obvious)
        }
    }
}

/// The digest, against the examples of its authors and against how it was cut.
@Suite struct SHA256Tests {
    private static func hex(_ bytes: [UInt8]) -> String {
        bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }

    /// FIPS 180-4's examples, and the lengths at which a block more is needed (by sha256sum).
    @Test(arguments: [
        ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
        ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        (
            "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
        ),
        (
            String(repeating: "a", count: 55),
            "9f4390f8d30c2dd92ec9f095b65e2b9ae9b0a925a5258e241c9f1e910f734318"
        ),
        (
            String(repeating: "a", count: 64),
            "ffe054fe7ae0cb6dc65c3af9b61d5209f439851db43d0ba5997337df154668eb"
        ),
        (
            String(repeating: "a", count: 1000),
            "41edece42d63e8d9bf515a9ba6932e1c20cbc9f5a5d134645adb5db1b9737ea3"
        ),
    ])
    func isThatOfItsAuthors(text: String, expected: String) {
        var whole = SHA256()
        whole.take(text.utf8)
        #expect(Self.hex(whole.digest()) == expected)
        var pieces = SHA256()
        for byte in text.utf8 {
            pieces.take([byte])
            // Asking changes nothing.
            _ = pieces.digest()
        }
        #expect(pieces.digest() == whole.digest())
    }
}
