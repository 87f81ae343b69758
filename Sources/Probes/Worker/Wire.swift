import Core
import Net

/// How much of anything may be on the line between the director and its probe worker.
enum WireLimits {
    /// The bytes of one frame.
    ///
    /// The largest message is the definition of a check (32 header fields of an HTTP check, or the
    /// command of a program), some tens of KiB; many small ones share a frame.
    static let frameBytes = 128 * 1024

    /// The bytes after which a frame is closed, so that the largest message still fits behind them.
    static let fullBytes = 32 * 1024

    /// The bytes of a text or of a run of bytes within a message.
    static let textBytes = 64 * 1024

    /// The bytes of evidence that a result may carry: a line for an operator.
    static let detailBytes = 1_024

    /// The items of a list within a message.
    static let items = 1_024
}

/// Why bytes of the line are none that the other side writes.
package struct WireFault: Error, Hashable, Sendable, CustomStringConvertible {
    package let description: String

    init(_ description: String) { self.description = description }
}

/// Writes the parts of messages: numbers in network order, runs of bytes with their length before
/// them.
struct WireWriter {
    /// What has been written.
    private(set) var bytes: [UInt8] = []

    /// Writes behind `bytes`, which is nothing at first.
    init(_ bytes: [UInt8] = []) { self.bytes = bytes }

    mutating func put(_ byte: UInt8) { bytes.append(byte) }

    mutating func put(_ number: some FixedWidthInteger & UnsignedInteger) {
        var shift = number.bitWidth
        while shift > 0 {
            shift -= 8
            bytes.append(UInt8(truncatingIfNeeded: number >> shift))
        }
    }

    /// Puts `number` in the place of the four bytes at `index`.
    mutating func replace(at index: Int, with number: UInt32) {
        for place in 0..<4 {
            bytes[index + place] = UInt8(truncatingIfNeeded: number >> (24 - 8 * place))
        }
    }

    /// Takes everything that has been written.
    mutating func takeAll() -> [UInt8] {
        defer { bytes = [] }
        return bytes
    }

    mutating func put(_ flag: Bool) { bytes.append(flag ? 1 : 0) }

    mutating func put(_ run: some Collection<UInt8>) {
        put(UInt32(run.count))
        bytes += run
    }

    mutating func put(_ text: String) { put(text.utf8) }

    mutating func put(_ duration: Duration) { put(UInt64(bitPattern: duration.nanoseconds)) }

    mutating func put(_ address: IPAddress) { put(address.bytes) }

    mutating func put(_ endpoint: Endpoint) {
        put(endpoint.address)
        put(endpoint.port.number)
    }

    mutating func put<Item>(_ item: Item?, _ write: (inout Self, Item) -> Void) {
        put(item != nil)
        if let item { write(&self, item) }
    }

    mutating func put<Item>(_ items: [Item], _ write: (inout Self, Item) -> Void) {
        put(UInt32(items.count))
        for item in items { write(&self, item) }
    }

    /// Puts what is without a length of its own.
    mutating func append(_ run: some Collection<UInt8>) { bytes += run }
}

/// Reads the parts of messages from bytes of which nothing is taken for granted.
struct WireReader {
    private let bytes: ArraySlice<UInt8>
    private var next: Int

    /// Reads `bytes` from their front.
    init(_ bytes: ArraySlice<UInt8>) {
        self.bytes = bytes
        next = bytes.startIndex
    }

    /// Whether everything has been read.
    var isAtEnd: Bool { next == bytes.endIndex }
    /// Everything, whether it has been read or not.
    var all: [UInt8] { Array(bytes) }

    mutating func number<Number: FixedWidthInteger & UnsignedInteger>(
        _: Number.Type = Number.self
    ) throws(WireFault) -> Number {
        let part = try take(Number.bitWidth / 8)
        var number = Number.zero
        for index in part { number = number << 8 | Number(truncatingIfNeeded: bytes[index]) }
        return number
    }

    mutating func flag() throws(WireFault) -> Bool {
        switch try number(UInt8.self) {
        case 0: false
        case 1: true
        case let other: throw WireFault("\(other) for yes or no")
        }
    }

    mutating func run(atMost limit: Int = WireLimits.textBytes) throws(WireFault) -> [UInt8] {
        Array(bytes[try part(atMost: limit)])
    }

    /// A text; the same as `known` if it says that, which takes neither room nor a test.
    mutating func text(
        atMost limit: Int = WireLimits.textBytes,
        known: String = ""
    ) throws(WireFault) -> String {
        let part = try part(atMost: limit)
        if part.count == known.utf8.count, bytes[part].elementsEqual(known.utf8) { return known }
        guard let text = String(validating: bytes[part], as: UTF8.self) else {
            throw WireFault("a text that is no UTF-8")
        }
        return text
    }

    /// A time of a day at most, the longest of a configuration.
    mutating func duration() throws(WireFault) -> Duration {
        let nanoseconds = try number(UInt64.self)
        guard nanoseconds <= UInt64(Self.longest.nanoseconds) else {
            throw WireFault("a time of \(nanoseconds) ns, a day at most")
        }
        return .nanoseconds(Int64(nanoseconds))
    }

    mutating func address() throws(WireFault) -> IPAddress {
        guard let address = IPAddress(bytes: try run(atMost: 16)) else {
            throw WireFault("an address of neither 4 nor 16 bytes")
        }
        return address
    }

    mutating func endpoint() throws(WireFault) -> Endpoint {
        Endpoint(try address(), Port(try number()))
    }

    mutating func optional<Item>(
        _ read: (inout Self) throws(WireFault) -> Item
    ) throws(WireFault) -> Item? {
        try flag() ? try read(&self) : nil
    }

    mutating func list<Item>(
        _ read: (inout Self) throws(WireFault) -> Item
    ) throws(WireFault) -> [Item] {
        let count = Int(try number(UInt32.self))
        guard count <= WireLimits.items else {
            throw WireFault("a list of \(count), \(WireLimits.items) at most")
        }
        var items: [Item] = []
        for _ in 0..<count { items.append(try read(&self)) }
        return items
    }

    private static var longest: Duration { .seconds(86_400) }

    /// Passes over a run of bytes, and answers where it is.
    private mutating func part(atMost limit: Int) throws(WireFault) -> Range<Int> {
        let count = Int(try number(UInt32.self))
        guard count <= limit else { throw WireFault("a run of \(count) bytes, \(limit) at most") }
        return try take(count)
    }

    /// Passes over so many bytes, and answers where they are.
    private mutating func take(_ count: Int) throws(WireFault) -> Range<Int> {
        let left = bytes.endIndex - next
        guard left >= count else {
            throw WireFault("\(left) bytes are left where \(count) belong")
        }
        defer { next += count }
        return next..<next + count
    }
}

/// Puts messages into frames: four bytes of length, and as many messages as there are.
struct FrameWriter {
    /// The bytes of the length before each frame.
    private static let headerBytes = 4

    private var writer: WireWriter
    /// Where the length of the frame belongs that is open; the messages follow it.
    private var header: Int?

    /// Nothing yet, or these frames.
    init(_ whole: [UInt8] = []) { writer = WireWriter(whole) }

    /// Whether nothing has been put.
    var isEmpty: Bool { writer.bytes.isEmpty }
    /// The bytes that have been put.
    var count: Int { writer.bytes.count }

    /// Puts one message.
    mutating func put(_ write: (inout WireWriter) -> Void) {
        let header = self.header ?? count
        if self.header == nil {
            writer.put(UInt32.zero)
            self.header = header
        }
        write(&writer)
        if count - header - Self.headerBytes >= WireLimits.fullBytes { close() }
    }

    /// Everything that has been put, in whole frames.
    mutating func takeAll() -> [UInt8] {
        close()
        return writer.takeAll()
    }

    private mutating func close() {
        guard let header else { return }
        writer.replace(at: header, with: UInt32(count - header - Self.headerBytes))
        self.header = nil
    }
}

/// Takes frames out of what has arrived; never keeps more than one that is not whole.
struct FrameReader {
    /// What arrived last and what was left of before.
    private var pending: [UInt8] = []
    /// Where the frames begin that were not taken yet.
    private var start = 0

    /// How many bytes it keeps.
    var count: Int { pending.count - start }

    /// Adds what has arrived.
    mutating func add(_ bytes: ArraySlice<UInt8>) {
        if start == pending.count {
            pending.removeAll(keepingCapacity: true)
        } else {
            pending.removeFirst(start)
        }
        start = 0
        pending += bytes
    }

    /// The inside of the next frame that is whole; it is to be read before more is added.
    mutating func next() throws(WireFault) -> WireReader? {
        guard count >= 4 else { return nil }
        let first = start + 4
        var header = WireReader(pending[start..<first])
        let length = Int(try header.number(UInt32.self))
        guard (1...WireLimits.frameBytes).contains(length) else {
            throw WireFault("a frame of \(length) bytes, 1 to \(WireLimits.frameBytes)")
        }
        guard pending.count - first >= length else { return nil }
        start = first + length
        return WireReader(pending[first..<start])
    }

    /// Takes what has arrived and gives the insides of the frames that are whole with it.
    mutating func take(_ bytes: ArraySlice<UInt8>) throws(WireFault) -> [[UInt8]] {
        add(bytes)
        var frames: [[UInt8]] = []
        while let frame = try next() { frames.append(frame.all) }
        return frames
    }
}
