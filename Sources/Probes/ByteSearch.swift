/// Looks for some bytes in a stream of pieces, in one pass and without keeping any of it.
///
/// The way of Knuth, Morris and Pratt: a byte costs the same whatever came before, so a server
/// cannot make the search slow by sending what nearly matches.
struct ByteSearch: Sendable {
    /// Whether the bytes have been seen.
    private(set) var isFound: Bool

    private let needle: [UInt8]
    /// How much of the needle is still matched when it fails to match any further.
    private let fallback: [Int]
    private var matched = 0

    /// A search for `needle`, which is found at once when it is empty.
    init(for needle: [UInt8]) {
        self.needle = needle
        isFound = needle.isEmpty
        var fallback = [Int](repeating: 0, count: needle.count)
        var length = 0
        for index in needle.indices.dropFirst() {
            while length > 0, needle[index] != needle[length] { length = fallback[length - 1] }
            if needle[index] == needle[length] { length += 1 }
            fallback[index] = length
        }
        self.fallback = fallback
    }

    /// Takes the next bytes.
    mutating func take(_ bytes: some Sequence<UInt8>) {
        for byte in bytes {
            guard !isFound else { return }
            while matched > 0, byte != needle[matched] { matched = fallback[matched - 1] }
            if byte == needle[matched] { matched += 1 }
            isFound = matched == needle.count
        }
    }
}
