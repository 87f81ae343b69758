/// The running configuration as a tree, since the same words mean different things by context.
///
/// `network 203.0.113.10/32` may stand in the default instance, in another VRF or in an address
/// family that is none of ours. Indentation does not tell: FRR writes two spaces inside an address
/// family, Quagga one both there and under `router bgp`, where it also puts a `!` in the first
/// column. So blocks are delimited by their words. Ten thousand statements are a common sight, so
/// lines stay bytes until somebody wants their words.
public struct RunningConfiguration: Hashable, Sendable {
    /// One line without the blanks at its ends.
    public struct Line: Hashable, Sendable {
        let bytes: ArraySlice<UInt8>

        /// The words of the line.
        public var words: [String] {
            bytes.split(separator: UInt8(ascii: " ")).map { String(decoding: $0, as: UTF8.self) }
        }

        /// True when the line begins with this word.
        func begins(with word: String) -> Bool {
            let count = word.utf8.count
            guard bytes.count >= count, bytes.prefix(count).elementsEqual(word.utf8) else {
                return false
            }
            return bytes.count == count || bytes[bytes.startIndex + count] == UInt8(ascii: " ")
        }
    }

    /// A line with the lines that belong to it.
    public struct Block: Hashable, Sendable {
        /// The words of the line that opens the block.
        public let words: [String]
        /// The lines inside, without those of inner blocks.
        public var lines: [Line] = []
        /// The inner blocks: address families.
        public var blocks: [Block] = []
    }

    /// The lines of the first column, in order, each with what is indented under it.
    public let blocks: [Block]

    /// Reads the reply to `show running-config`.
    public init(parsing text: String) { self.init(Array(text.utf8)) }

    /// Reads the bytes of the reply to `show running-config`.
    public init(_ bytes: [UInt8]) {
        var blocks: [Block] = []
        var family: Block?
        // An address family that was not closed belongs to its instance all the same.
        func closeFamily() {
            guard let block = family, !blocks.isEmpty else { return }
            blocks[blocks.count - 1].blocks.append(block)
            family = nil
        }
        var start = 0
        while start < bytes.count {
            let end = bytes[start...].firstIndex(where: Self.endsLine) ?? bytes.count
            let isIndented = bytes[start] == UInt8(ascii: " ")
            let line = Line(bytes: Self.trimmed(bytes[start..<end]))
            start = end + 1
            guard let first = line.bytes.first, first != UInt8(ascii: "!") else { continue }
            if !isIndented {
                closeFamily()
                blocks.append(Block(words: line.words))
            } else if line.begins(with: "address-family") {
                closeFamily()
                family = Block(words: line.words)
            } else if line.begins(with: "exit-address-family") {
                closeFamily()
            } else if family != nil {
                family?.lines.append(line)
            } else if !blocks.isEmpty {
                blocks[blocks.count - 1].lines.append(line)
            }
        }
        closeFamily()
        self.blocks = blocks
    }

    private static func endsLine(_ byte: UInt8) -> Bool { byte == 0x0a || byte == 0x0d }

    private static func trimmed(_ line: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        var line = line
        while line.first == UInt8(ascii: " ") { line.removeFirst() }
        while line.last == UInt8(ascii: " ") { line.removeLast() }
        return line
    }
}
