import Core

/// What a server says of itself, in the words of HAProxy's agent check.
///
/// One line of words with blanks or commas between them: `75%` of its weight; `ready`, `drain` or
/// `maint` of what is wanted of it; `up`, or `down`, `failed` or `stopped` with a description
/// behind `#`. Words that mean nothing here (`maxconn:`) are passed over, as HAProxy passes over
/// those that it does not know.
struct AgentReport: Hashable, Sendable {
    typealias Wish = AgentWord.Wish
    typealias Health = AgentWord.Health

    /// What is wrong with a line.
    enum Fault: Error, Hashable, Sendable {
        case tooLong
        case nothingSaid
        case badWeight
    }

    /// The most bytes of a line: HAProxy's own agents say a few words.
    static let longestLine = 1_024
    /// The largest share of its weight that a server may ask for, in percent (HAProxy's is 256
    /// times the weight; more than this is no weight but a slip).
    static let mostPercent = 1_000

    /// What it says.
    private(set) var word = AgentWord()
    /// What it says beside that: hostile bytes.
    private(set) var description: [UInt8] = []

    /// Reads one line, without what ends it.
    init(parsing line: ArraySlice<UInt8>) throws(Fault) {
        guard line.count <= Self.longestLine else { throw .tooLong }
        let separators = Set(" \t,".utf8)
        let mark = line.firstIndex(of: UInt8(ascii: "#")) ?? line.endIndex
        description = Array(line[mark...].dropFirst())
        for piece in line[..<mark].split(whereSeparator: separators.contains) {
            try take(piece)
        }
        guard !word.isEmpty else { throw .nothingSaid }
    }

    /// The line at the start of `bytes`; `nil` while its end has not come.
    static func line(in bytes: ArraySlice<UInt8>, isWhole: Bool) -> ArraySlice<UInt8>? {
        let end = bytes.firstIndex { $0 == UInt8(ascii: "\n") || $0 == UInt8(ascii: "\r") }
        guard end != nil || isWhole else { return nil }
        return bytes[..<(end ?? bytes.endIndex)]
    }

    private mutating func take(_ piece: ArraySlice<UInt8>) throws(Fault) {
        let text = String(decoding: piece, as: UTF8.self).lowercased()
        if let wish = Wish(rawValue: text) {
            self.word.wish = wish
        } else if let health = Health(rawValue: text) {
            self.word.health = health
        } else if piece.last == UInt8(ascii: "%") {
            let digits = piece.dropLast()
            let isNumber = digits.allSatisfy {
                (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0)
            }
            guard isNumber, (1...4).contains(digits.count),
                let percent = Int(String(decoding: digits, as: UTF8.self)),
                percent <= Self.mostPercent
            else { throw .badWeight }
            self.word.percent = percent
        }
    }
}
