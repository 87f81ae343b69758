/// Walks over the attributes of a message, with a sticky error.
///
/// Iterate, switch on the type, read the value, and look at `error` once at the end: a malformed
/// length ends the walk, so that no bytes, however hostile, can make it loop or read beyond.
package struct AttributeReader: Sendable {
    /// One attribute.
    package struct Attribute: Sendable {
        /// The type, without the bits that say "nested" and "network byte order".
        package let type: UInt16
        /// The value, without padding.
        package let value: ArraySlice<UInt8>
    }

    /// What was wrong with the bytes, once something was.
    package private(set) var error: NetlinkError?
    private let bytes: ArraySlice<UInt8>
    /// Where the next attribute begins.
    private var place: Int

    /// The bits of `nla_type` that are the type (`NLA_TYPE_MASK` of linux/netlink.h).
    private static let typeMask: UInt16 = 0x3fff
    /// The bytes of `struct nlattr`: its length and its type.
    private static let headerBytes = 4

    /// Walks over `bytes`, which begin with an attribute.
    package init(_ bytes: ArraySlice<UInt8>) {
        self.bytes = bytes
        place = bytes.startIndex
    }

    /// The next attribute; `nil` at the end, and after an error.
    package mutating func next() -> Attribute? {
        guard error == nil, place < bytes.endIndex else { return nil }
        let left = bytes.endIndex - place
        guard left >= Self.headerBytes else { return broken() }
        let length = Int(HostOrder.number(bytes, at: place, as: UInt16.self))
        let type = HostOrder.number(bytes, at: place + 2, as: UInt16.self)
        guard (Self.headerBytes...left).contains(length) else { return broken() }
        let value = bytes[(place + Self.headerBytes)..<(place + length)]
        // The last one may lack its padding.
        place += min((length + 3) & ~3, left)
        return Attribute(type: type & Self.typeMask, value: value)
    }

    private mutating func broken() -> Attribute? {
        error = .malformed("an attribute's length does not fit in what is left of its message")
        return nil
    }

    // MARK: Numbers
    //
    // Each width has a method of its own: a table has a hundred thousand numbers, and across the
    // boundary of a module a generic method costs a call for every step it makes.

    /// The number in `attribute`, in host byte order.
    package mutating func number(_ attribute: Attribute) -> UInt8 { value(of: attribute) }
    /// The number in `attribute`, in host byte order.
    package mutating func number(_ attribute: Attribute) -> UInt16 { value(of: attribute) }
    /// The number in `attribute`, in host byte order.
    package mutating func number(_ attribute: Attribute) -> UInt32 { value(of: attribute) }
    /// The number in `attribute`, in host byte order.
    package mutating func number(_ attribute: Attribute) -> Int32 { value(of: attribute) }
    /// The number in `attribute`, in host byte order.
    package mutating func number(_ attribute: Attribute) -> UInt64 { value(of: attribute) }

    /// The number in `attribute`, in host byte order.
    package mutating func number<Number: FixedWidthInteger & BitwiseCopyable>(
        _ attribute: Attribute,
        as type: Number.Type = Number.self
    ) -> Number {
        value(of: attribute)
    }

    /// The number in `attribute`, in network byte order.
    package mutating func networkOrder(_ attribute: Attribute) -> UInt16 {
        UInt16(bigEndian: value(of: attribute))
    }

    /// The number in `attribute`, in network byte order.
    package mutating func networkOrder(_ attribute: Attribute) -> UInt32 {
        UInt32(bigEndian: value(of: attribute))
    }

    /// The number in `attribute`, in network byte order.
    package mutating func networkOrder<Number: FixedWidthInteger & BitwiseCopyable>(
        _ attribute: Attribute,
        as type: Number.Type = Number.self
    ) -> Number {
        Number(bigEndian: value(of: attribute))
    }

    private mutating func value<Number: FixedWidthInteger & BitwiseCopyable>(
        of attribute: Attribute
    ) -> Number {
        guard attribute.value.count == MemoryLayout<Number>.size else {
            error = error ?? .malformed("attribute \(attribute.type) is not a number of its width")
            return 0
        }
        return HostOrder.number(attribute.value, at: attribute.value.startIndex, as: Number.self)
    }

    /// The text in `attribute`, up to its NUL if it has one.
    package func text(_ attribute: Attribute) -> String {
        String(decoding: attribute.value.prefix { $0 != 0 }, as: UTF8.self)
    }
}

extension FixedWidthInteger {
    /// The number whose bytes in this machine's memory are `bytes`; `nil` for another count.
    package init?(hostOrder bytes: ArraySlice<UInt8>) {
        guard bytes.count == Self.bitWidth / 8, bytes.count <= 8 else { return nil }
        self.init(truncatingIfNeeded: HostOrder.number(bytes))
    }

    /// As for a part of an array.
    package init?(hostOrder bytes: [UInt8]) { self.init(hostOrder: bytes[...]) }
}
