package import Net

/// One command line that is safe to send.
///
/// Whoever can write to the VTY is root on the router, and its lines have meanings that are easy
/// to smuggle in: a NUL ends one command and begins the next, `| ` starts an output filter in any
/// command (lib/command.c `handle_pipe_action`), a line that is empty or begins with `!` or `#`
/// "succeeds" without doing anything (`cmd_make_strvec`), and one that is too long runs its tail
/// (lib/vty.c `vtysh_read`). So a line exists only if all its bytes are on a short list, and the
/// lines below take typed values, never text.
package struct VTYLine: Hashable, Sendable, CustomStringConvertible {
    /// The line without the NUL that ends it on the wire.
    package let text: String

    package var description: String { text }

    /// The line with this text, if every byte of it is harmless.
    ///
    /// - Throws: `FRRError.unspeakable` for an empty line, a line beyond `VTYLimits.lineBytes`, and
    ///   any byte but ASCII letters, digits, single inner spaces and `.:/_-`.
    package init(validating text: String) throws(FRRError) {
        let reason: String? =
            if text.isEmpty {
                "it is empty"
            } else if text.utf8.count > VTYLimits.lineBytes {
                "it is longer than \(VTYLimits.lineBytes) bytes"
            } else if let byte = text.utf8.first(where: { !Self.isAllowed($0) }) {
                "byte \(byte) is not allowed on a VTY"
            } else if text.hasPrefix(" ") || text.hasSuffix(" ") || text.contains("  ") {
                "a space stands where a word should"
            } else {
                nil
            }
        if let reason { throw .unspeakable(reason: reason) }
        self.text = text
    }

    /// For the lines below, whose values can only print allowed bytes.
    private init(_ text: String) { self.text = text }

    /// True for the bytes of ASCII words, and the space between them.
    static func isAllowed(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: " ") || isWordByte(byte)
    }

    /// True for letters, digits and `.:/_-`, which is all that addresses and our names need.
    static func isWordByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"),
            UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"),
            UInt8(ascii: "."), UInt8(ascii: ":"), UInt8(ascii: "/"), UInt8(ascii: "_"),
            UInt8(ascii: "-"):
            true
        default: false
        }
    }
}

extension VTYLine {
    /// Leaves the view node; a VTY socket never asks for the enable password.
    package static let enable = VTYLine("enable")
    /// Returns to the enable node from any other, and frees the lock of old daemons.
    package static let end = VTYLine("end")
    /// Enters the configuration node.
    package static let configureTerminal = VTYLine("configure terminal")
    /// Enters the only BGP instance; unlike the form with a number it never creates one.
    package static let routerBGP = VTYLine("router bgp")
    /// Leaves an address family for its BGP instance.
    package static let exitAddressFamily = VTYLine("exit-address-family")
    /// The daemon's name and version.
    package static let showVersion = VTYLine("show version")
    /// The configuration in force, as text: there is no JSON of it.
    package static let showRunningConfiguration = VTYLine("show running-config")
    /// The instances there are.
    package static let showVRFs = VTYLine("show bgp vrfs json")
    /// Every peer of the default instance, by address family.
    package static let showSummary = VTYLine("show bgp summary json")
    /// Every peer of the default instance, in full.
    package static let showNeighbors = VTYLine("show bgp neighbors json")
    /// Asks for a fixed word; bgpd keeps this very line out of `log commands`.
    package static let ping = VTYLine("echo PING")

    /// Enters the instance with this number, and **creates it if there is none**.
    package static func routerBGP(_ asn: ASN) -> VTYLine { VTYLine("router bgp \(asn)") }

    /// Enters the unicast node of a family.
    package static func addressFamily(_ family: AddressFamily) -> VTYLine {
        VTYLine("address-family \(family.unicast)")
    }

    /// Originates the host prefix of `address`, replacing an earlier statement and its route-map.
    ///
    /// The length is always written: bgpd gives a bare IPv4 address its classful mask.
    package static func network(_ address: IPAddress, routeMap: RouteMapName?) -> VTYLine {
        let suffix = routeMap.map { " route-map \($0)" } ?? ""
        return VTYLine("network \(Prefix(host: address))\(suffix)")
    }

    /// Ends the origination of the host prefix of `address`, whatever its route-map.
    package static func noNetwork(_ address: IPAddress) -> VTYLine {
        VTYLine("no network \(Prefix(host: address))")
    }

    /// Every route of a family that a peer is really sent.
    package static func showAdvertised(to peer: PeerName, family: AddressFamily) -> VTYLine {
        VTYLine("show bgp \(family.unicast) neighbors \(peer) advertised-routes json")
    }

    /// The route for exactly this prefix; without a length it would be a longest match.
    package static func showRoute(_ prefix: Prefix) -> VTYLine {
        VTYLine("show bgp \(prefix.address.family.unicast) \(prefix) json")
    }
}

extension AddressFamily {
    /// The family as the VTY spells it; `ipv6` alone is ambiguous to some Quagga commands.
    var unicast: String {
        switch self {
        case .v4: "ipv4 unicast"
        case .v6: "ipv6 unicast"
        }
    }
}
