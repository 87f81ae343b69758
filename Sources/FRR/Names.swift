public import Net

/// The name of a route-map, from an allow-list of bytes.
public struct RouteMapName: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// The longest name accepted, in bytes: well within what FRR stores and people read.
    public static let longest = 64

    public let description: String

    /// Reads a name of letters, digits, `.`, `_` and `-`.
    public init(parsing text: String) throws(ParseError) {
        guard isName(text, longest: Self.longest, beyondWords: ":/") else {
            throw ParseError(
                text,
                "is no route-map name of 1...\(Self.longest) letters, digits, \".\", \"_\", \"-\""
            )
        }
        description = text
    }

    /// For names that this library makes.
    init(trusted text: String) { description = text }

    public static func < (left: Self, right: Self) -> Bool {
        left.description < right.description
    }
}

/// The name of a VRF, from an allow-list of bytes; the default VRF goes without.
public struct VRFName: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// The longest name accepted, in bytes: what FRR stores (`VRF_NAMSIZ` of lib/vrf.h).
    public static let longest = 36

    public let description: String

    /// Reads a name of letters, digits, `.`, `_` and `-` that means no other thing to bgpd.
    public init(parsing text: String) throws(ParseError) {
        guard isName(text, longest: Self.longest, beyondWords: ":/") else {
            throw ParseError(
                text,
                "is no VRF name of 1...\(Self.longest) letters, digits, \".\", \"_\", \"-\""
            )
        }
        guard text != "all", text != "default" else {
            throw ParseError(text, "is no VRF of its own; leave it out for the default VRF")
        }
        description = text
    }

    public static func < (left: Self, right: Self) -> Bool {
        left.description < right.description
    }
}

/// How bgpd names a peer: its address, or the interface of an unnumbered one.
public struct PeerName: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// The longest name accepted, in bytes: an IPv6 address takes 39, an interface 15.
    public static let longest = 64

    public let description: String
    /// The peer's address; `nil` for a peer on an interface.
    public let address: IPAddress?

    /// Names the peer at `address`.
    public init(_ address: IPAddress) {
        description = "\(address)"
        self.address = address
    }

    private init(interface name: String) {
        description = name
        address = nil
    }

    /// Reads an address or an interface name; the result is one word, safe on a VTY.
    public init(parsing text: String) throws(ParseError) {
        if let address = IPAddress(text) {
            self.init(address)
            return
        }
        guard isName(text, longest: Self.longest, beyondWords: "/") else {
            throw ParseError(text, "is neither an address nor the name of an interface")
        }
        self.init(interface: text)
    }

    /// Addresses first and in their own order, then interfaces by name.
    public static func < (left: Self, right: Self) -> Bool {
        switch (left.address, right.address) {
        case (let left?, let right?): left < right
        case (nil, nil): left.description < right.description
        case (let address, nil): address != nil
        case (nil, _): false
        }
    }
}

/// True for one word of the VTY's allow-list, without the bytes of `beyondWords`.
private func isName(_ text: String, longest: Int, beyondWords excluded: String) -> Bool {
    (1...longest).contains(text.utf8.count)
        && text.utf8.allSatisfy { VTYLine.isWordByte($0) && !excluded.utf8.contains($0) }
}
