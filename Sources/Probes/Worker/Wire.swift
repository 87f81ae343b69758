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

    mutating func put(_ number: some FixedWidthInteger & UnsignedInteger) {
        for shift in stride(from: number.bitWidth - 8, through: 0, by: -8) {
            bytes.append(UInt8(truncatingIfNeeded: number >> shift))
        }
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
    private var rest: ArraySlice<UInt8>

    /// Reads `bytes` from their front.
    init(_ bytes: ArraySlice<UInt8>) { rest = bytes }

    /// Whether everything has been read.
    var isAtEnd: Bool { rest.isEmpty }

    mutating func number<Number: FixedWidthInteger & UnsignedInteger>(
        _: Number.Type = Number.self
    ) throws(WireFault) -> Number {
        try take(Number.bitWidth / 8).reduce(Number.zero) { $0 << 8 | Number($1) }
    }

    mutating func flag() throws(WireFault) -> Bool {
        switch try number(UInt8.self) {
        case 0: false
        case 1: true
        case let other: throw WireFault("\(other) for yes or no")
        }
    }

    mutating func run(atMost limit: Int = WireLimits.textBytes) throws(WireFault) -> [UInt8] {
        let count = Int(try number(UInt32.self))
        guard count <= limit else { throw WireFault("a run of \(count) bytes, \(limit) at most") }
        return Array(try take(count))
    }

    mutating func text(atMost limit: Int = WireLimits.textBytes) throws(WireFault) -> String {
        guard let text = String(validating: try run(atMost: limit), as: UTF8.self) else {
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

    private mutating func take(_ count: Int) throws(WireFault) -> ArraySlice<UInt8> {
        guard rest.count >= count else {
            throw WireFault("\(rest.count) bytes are left where \(count) belong")
        }
        defer { rest = rest.dropFirst(count) }
        return rest.prefix(count)
    }
}

/// Puts messages into frames: four bytes of length, and as many messages as there are.
struct FrameWriter {
    private var whole: [UInt8]
    private var open = WireWriter()

    /// Nothing yet, or these frames.
    init(_ whole: [UInt8] = []) { self.whole = whole }

    /// Whether nothing has been put.
    var isEmpty: Bool { whole.isEmpty && open.bytes.isEmpty }
    /// The bytes that have been put.
    var count: Int { whole.count + open.bytes.count }

    /// Puts one message.
    mutating func put(_ write: (inout WireWriter) -> Void) {
        write(&open)
        if open.bytes.count >= WireLimits.fullBytes { close() }
    }

    /// Everything that has been put, in whole frames.
    mutating func takeAll() -> [UInt8] {
        close()
        defer { whole = [] }
        return whole
    }

    private mutating func close() {
        guard !open.bytes.isEmpty else { return }
        var length = WireWriter()
        length.put(UInt32(open.bytes.count))
        whole += length.bytes
        whole += open.bytes
        open = WireWriter()
    }
}

/// Takes frames out of what has arrived; never keeps more than one that is not whole.
struct FrameReader {
    private var pending: [UInt8] = []

    /// How many bytes it keeps.
    var count: Int { pending.count }

    /// Takes what has arrived and gives the insides of the frames that are whole with it.
    mutating func take(_ bytes: ArraySlice<UInt8>) throws(WireFault) -> [[UInt8]] {
        pending += bytes
        var frames: [[UInt8]] = []
        var start = pending.startIndex
        while pending.endIndex - start >= 4 {
            var header = WireReader(pending[start..<start + 4])
            let length = Int(try header.number(UInt32.self))
            guard (1...WireLimits.frameBytes).contains(length) else {
                throw WireFault("a frame of \(length) bytes, 1 to \(WireLimits.frameBytes)")
            }
            guard pending.endIndex - start - 4 >= length else { break }
            frames.append(Array(pending[start + 4..<start + 4 + length]))
            start += 4 + length
        }
        pending.removeFirst(start)
        return frames
    }
}
