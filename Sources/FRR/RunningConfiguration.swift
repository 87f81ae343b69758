/// The running configuration as a tree, since the same words mean different things by context.
///
/// `network 203.0.113.10/32` may stand in the default instance, in another VRF or in an address
/// family that is none of ours. Indentation does not tell: FRR writes two spaces inside an address
/// family, Quagga one both there and under `router bgp`, where it also puts a `!` in the first
/// column. So blocks are delimited by their words.
package struct RunningConfiguration: Hashable, Sendable {
    /// A line with the lines that belong to it.
    package struct Block: Hashable, Sendable {
        /// The words of the line that opens the block.
        package let words: [String]
        /// The lines inside, as words, without those of inner blocks.
        package var lines: [[String]] = []
        /// The inner blocks: address families.
        package var blocks: [Block] = []
    }

    /// The lines of the first column, in order, each with what is indented under it.
    package let blocks: [Block]

    /// Reads the reply to `show running-config`.
    package init(parsing text: String) {
        var blocks: [Block] = []
        var family: Block?
        // An address family that was not closed belongs to its instance all the same.
        func closeFamily() {
            guard let block = family, !blocks.isEmpty else { return }
            blocks[blocks.count - 1].blocks.append(block)
            family = nil
        }
        for line in text.split(whereSeparator: \.isNewline) {
            let words = line.split(separator: " ").map(String.init)
            guard let first = words.first, !first.hasPrefix("!") else { continue }
            if !line.hasPrefix(" ") {
                closeFamily()
                blocks.append(Block(words: words))
            } else if first == "address-family" {
                closeFamily()
                family = Block(words: words)
            } else if first == "exit-address-family" {
                closeFamily()
            } else if family != nil {
                family?.lines.append(words)
            } else if !blocks.isEmpty {
                blocks[blocks.count - 1].lines.append(words)
            }
        }
        closeFamily()
        self.blocks = blocks
    }
}
