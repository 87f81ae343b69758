/// What the kernel prints in `/proc/net/ip_vs`, before it is read.
package enum Printout {
    /// What a line of a destination begins with.
    private static let destination = Array("  -> ".utf8)

    /// The words of such a line before its connections: the arrow, the endpoint, the forwarding
    /// method, the weight (`ip_vs_info_seq_show`, net/netfilter/ipvs/ip_vs_ctl.c).
    private static let wordsBefore = 4

    /// Whether two of them show the same table, whatever connections it has.
    package static func isAlike(_ one: [UInt8], _ other: [UInt8]) -> Bool {
        var (first, second) = (0, 0)
        while first < one.count, second < other.count {
            if one[first] == other[second] {
                first += 1
                second += 1
                continue
            }
            // Both lines are the same up to here.
            guard let before = connectionsBegin(before: first, of: one),
                let firstEnd = endOfConnections(from: first - before, of: one),
                let secondEnd = endOfConnections(from: second - before, of: other)
            else { return false }
            first = firstEnd
            second = secondEnd
        }
        return first == one.count && second == other.count
    }

    /// How far before a place the columns of connections begin in whose midst it is; `nil` where it
    /// is somewhere else.
    private static func connectionsBegin(before place: Int, of text: [UInt8]) -> Int? {
        var start = place
        while start > 0, text[start - 1] != UInt8(ascii: "\n") { start -= 1 }
        guard text[start..<place].starts(with: destination) else { return nil }
        var words = 0
        var isInWord = false
        for index in start..<place {
            let isSpace = text[index] == UInt8(ascii: " ")
            // A word that ends where the place is may go on there.
            if isSpace, isInWord, words == wordsBefore { return place - index }
            if !isSpace, !isInWord { words += 1 }
            isInWord = !isSpace
        }
        return nil
    }

    /// The end of a line whose rest is two numbers.
    private static func endOfConnections(from start: Int, of text: [UInt8]) -> Int? {
        var numbers = 0
        var isInNumber = false
        var place = start
        while place < text.count, text[place] != UInt8(ascii: "\n") {
            let isSpace = text[place] == UInt8(ascii: " ")
            guard isSpace || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(text[place]) else {
                return nil
            }
            if !isSpace, !isInNumber { numbers += 1 }
            isInNumber = !isSpace
            place += 1
        }
        return numbers == 2 ? place : nil
    }
}
