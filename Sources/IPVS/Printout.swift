/// What the kernel prints in `/proc/net/ip_vs`, before it is read.
///
/// Of each line eight bytes are kept: a table of a hundred thousand real servers prints seven
/// megabytes, and to know whether it is as before takes no more than that.
package struct Printout: Hashable, Sendable {
    /// What a line of a destination begins with.
    private static let destination = Array("  -> ".utf8)

    /// The words of such a line before its connections: the arrow, the endpoint, the forwarding
    /// method, the weight (`ip_vs_info_seq_show`, net/netfilter/ipvs/ip_vs_ctl.c).
    private static let wordsBefore = 4

    /// FNV-1a of 64 bits (draft-eastlake-fnv): where it begins, and what it multiplies by.
    private static let basis: UInt64 = 0xcbf2_9ce4_8422_2325
    private static let prime: UInt64 = 0x100_0000_01b3

    /// The lines, each as what it says but for connections.
    private let lines: [UInt64]

    /// Takes in what was printed; two printouts are equal where they show the same table, whatever
    /// connections it has.
    package init(_ text: [UInt8]) {
        var lines: [UInt64] = []
        lines.reserveCapacity(text.count / 64 + 1)
        var start = 0
        while start < text.count {
            var end = start
            while end < text.count, text[end] != UInt8(ascii: "\n") { end += 1 }
            let told = Self.connectionsBegin(in: start..<end, of: text) ?? end
            var sum = Self.basis
            for place in start..<told { sum = (sum ^ UInt64(text[place])) &* Self.prime }
            // What was left out, and a last line without its end, are part of it.
            let shape: UInt64 = (told < end ? 1 : 0) + (end < text.count ? 2 : 0)
            lines.append((sum ^ shape) &* Self.prime)
            start = end + 1
        }
        self.lines = lines
    }

    /// Where the two columns of connections begin in a line; `nil` for a line that is none of a
    /// destination, or has something else there.
    private static func connectionsBegin(in line: Range<Int>, of text: [UInt8]) -> Int? {
        guard text[line].starts(with: destination) else { return nil }
        var words = 0
        var isInWord = false
        var begin = line.upperBound
        for place in line {
            let isSpace = text[place] == UInt8(ascii: " ")
            if isSpace, isInWord, words == wordsBefore { begin = place }
            if !isSpace, !isInWord { words += 1 }
            isInWord = !isSpace
            let isDigit = (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(text[place])
            guard words <= wordsBefore || isDigit || isSpace else { return nil }
        }
        return words == wordsBefore + 2 ? begin : nil
    }
}
