/// Bytes that come in pieces, some of them again and again.
///
/// An input of a few KiB reaches no bound of 64 KiB by itself, so a server that never ends is made
/// of one: the second half of its bytes comes until there are as many as `shape` says.
struct HostileFlow {
    /// Just above what is read of a dialogue, and the frames of an answer of HTTP/2.
    private static let long = 20 * 1024
    /// Just above what is read of a body.
    private static let longest = 72 * 1024
    /// Beyond this, single bytes would take most of the time, and reach nothing else.
    private static let mostSingle = 2 * 1024

    /// All that comes.
    let bytes: [UInt8]
    private let shape: UInt8

    /// The first of `bytes` is the shape.
    init(_ bytes: ArraySlice<UInt8>) {
        shape = bytes.first ?? 0
        let once = Array(bytes.dropFirst())
        let total = [0, once.count * 4, Self.long, Self.longest][Int(shape >> 6)]
        let tail = once[(once.count / 2)...]
        var all = once
        while !tail.isEmpty, all.count < total { all += tail }
        self.bytes = all
    }

    /// The bytes as one piece, in pieces of the sizes that the shape says, and one by one.
    var cuts: [[ArraySlice<UInt8>]] {
        let whole = bytes[...]
        let all = [whole.isEmpty ? [] : [whole], pieces]
        return bytes.count > Self.mostSingle ? all : all + [bytes.indices.map { bytes[$0...$0] }]
    }

    /// Pieces of four sizes in turn.
    private var pieces: [ArraySlice<UInt8>] {
        let low = Int(shape & 0x3f)
        let sizes = [1 + low % 4, 1 + low / 4 % 4 * 5, 1 + low / 16 * 50, 9]
        var pieces: [ArraySlice<UInt8>] = []
        var rest = bytes[...]
        while !rest.isEmpty {
            let piece = rest.prefix(sizes[pieces.count % sizes.count])
            pieces.append(piece)
            rest = rest.dropFirst(piece.count)
        }
        return pieces
    }

    /// The bytes as datagrams, each behind two bytes of its length.
    var datagrams: [ArraySlice<UInt8>] {
        var datagrams: [ArraySlice<UInt8>] = []
        var rest = bytes[...]
        while rest.count >= 2 {
            let length = Int(rest.removeFirst()) << 8 | Int(rest.removeFirst())
            datagrams.append(rest.prefix(length))
            rest = rest.dropFirst(length)
        }
        return datagrams
    }
}
