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
    private var rest: ArraySlice<UInt8>

    /// The bits of `nla_type` that are the type (`NLA_TYPE_MASK` of linux/netlink.h).
    private static let typeMask: UInt16 = 0x3fff

    /// Walks over `bytes`, which begin with an attribute.
    package init(_ bytes: ArraySlice<UInt8>) { rest = bytes }

    /// The next attribute; `nil` at the end, and after an error.
    package mutating func next() -> Attribute? {
        guard error == nil, !rest.isEmpty else { return nil }
        guard let length = UInt16(hostOrder: rest.prefix(2)),
            let type = UInt16(hostOrder: rest.dropFirst(2).prefix(2)),
            (4...rest.count).contains(Int(length))
        else {
            error = .malformed("an attribute's length does not fit in what is left of its message")
            return nil
        }
        let value = rest.dropFirst(4).prefix(Int(length) - 4)
        // The last one may lack its padding; `dropFirst` stops at the end.
        rest = rest.dropFirst((Int(length) + 3) & ~3)
        return Attribute(type: type & Self.typeMask, value: value)
    }

    /// The number in `attribute`, in host byte order.
    package mutating func number<Number: FixedWidthInteger>(
        _ attribute: Attribute,
        as type: Number.Type = Number.self
    ) -> Number {
        guard let number = Number(hostOrder: attribute.value) else {
            error = error ?? .malformed("attribute \(attribute.type) is not a number of its width")
            return 0
        }
        return number
    }

    /// The number in `attribute`, in network byte order.
    package mutating func networkOrder<Number: FixedWidthInteger>(
        _ attribute: Attribute,
        as type: Number.Type = Number.self
    ) -> Number {
        Number(bigEndian: number(attribute))
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
