public import Net

/// One command line that is safe to send.
///
/// Whoever can write to the VTY is root on the router, and its lines have meanings that are easy
/// to smuggle in: a NUL ends one command and begins the next, `| ` starts an output filter in any
/// command (lib/command.c `handle_pipe_action`), a line that is empty or begins with `!` or `#`
/// "succeeds" without doing anything (`cmd_make_strvec`), and one that is too long runs its tail
/// (lib/vty.c `vtysh_read`). So a line exists only if all its bytes are on a short list, and the
/// lines below take typed values, never text.
public struct VTYLine: Hashable, Sendable, CustomStringConvertible {
    /// The line without the NUL that ends it on the wire.
    public let text: String

    public var description: String { text }

    /// The bytes the line takes on the wire, with its NUL.
    var wireBytes: Int { text.utf8.count + 1 }

    /// The line with this text, if every byte of it is harmless.
    ///
    /// - Throws: `FRRError.unspeakable` for an empty line, a line beyond `VTYLimits.lineBytes`, and
    ///   any byte but ASCII letters, digits, single inner spaces and `.:/_-`.
    public init(validating text: String) throws(FRRError) {
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

    /// For the lines of this library, whose values can only print allowed bytes.
    init(trusted text: String) { self.text = text }

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
    public static let enable = VTYLine(trusted: "enable")
    /// Returns to the enable node from any other, and frees the lock of old daemons.
    public static let end = VTYLine(trusted: "end")
    /// Goes up one node.
    public static let exit = VTYLine(trusted: "exit")
    /// Enters the configuration node.
    public static let configureTerminal = VTYLine(trusted: "configure terminal")
    /// Enters the only BGP instance; unlike the form with a number it never creates one.
    public static let routerBGP = VTYLine(trusted: "router bgp")
    /// Leaves an address family for its BGP instance.
    public static let exitAddressFamily = VTYLine(trusted: "exit-address-family")
    /// The daemon's name and version.
    public static let showVersion = VTYLine(trusted: "show version")
    /// The configuration in force, as text: there is no JSON of it.
    public static let showRunningConfiguration = VTYLine(trusted: "show running-config")
    /// The instances there are.
    public static let showVRFs = VTYLine(trusted: "show bgp vrfs json")
    /// What the daemon has put off, with a count for each kind of work.
    public static let showWorkQueues = VTYLine(trusted: "show work-queues")
    /// Asks for a fixed word; bgpd keeps this very line out of `log commands`.
    public static let ping = VTYLine(trusted: "echo PING")

    /// Enters the instance with this number, and **creates it if there is none**.
    public static func routerBGP(_ asn: ASN, in vrf: VRFName? = nil) -> VTYLine {
        VTYLine(trusted: "router bgp \(asn)\(vrf.scope)")
    }

    /// Enters the unicast node of a family.
    public static func addressFamily(_ family: AddressFamily) -> VTYLine {
        VTYLine(trusted: "address-family \(family.unicast)")
    }

    /// Originates the host prefix of `address`, replacing an earlier statement and its route-map.
    ///
    /// The length is always written: bgpd gives a bare IPv4 address its classful mask.
    public static func network(_ address: IPAddress, routeMap: RouteMapName?) -> VTYLine {
        let prefix = PrefixText.host(address)
        guard let routeMap else { return VTYLine(trusted: "network \(prefix)") }
        return VTYLine(trusted: "network \(prefix) route-map \(routeMap.description)")
    }

    /// Ends the origination of the host prefix of `address`, whatever its route-map.
    public static func noNetwork(_ address: IPAddress) -> VTYLine {
        VTYLine(trusted: "no network \(PrefixText.host(address))")
    }

    /// Every peer of an instance, by address family.
    public static func showSummary(in vrf: VRFName? = nil) -> VTYLine {
        VTYLine(trusted: "show bgp\(vrf.scope) summary json")
    }

    /// Every peer of an instance, in full.
    public static func showNeighbors(in vrf: VRFName? = nil) -> VTYLine {
        VTYLine(trusted: "show bgp\(vrf.scope) neighbors json")
    }

    /// Every route of a family that a peer is really sent.
    public static func showAdvertised(
        to peer: PeerName,
        family: AddressFamily,
        in vrf: VRFName? = nil
    ) -> VTYLine {
        VTYLine(
            trusted: "show bgp\(vrf.scope) \(family.unicast) neighbors \(peer) "
                + "advertised-routes json"
        )
    }

    /// The route for exactly this prefix; without a length it would be a longest match.
    public static func showRoute(_ prefix: Prefix, in vrf: VRFName? = nil) -> VTYLine {
        VTYLine(
            trusted: "show bgp\(vrf.scope) \(prefix.address.family.unicast) \(prefix) json"
        )
    }

    /// The groups of peers that are sent the same, with what each still has to be sent.
    public static func showUpdateGroups(
        _ family: AddressFamily,
        in vrf: VRFName? = nil
    ) -> VTYLine {
        VTYLine(trusted: "show bgp\(vrf.scope) \(family.unicast) update-groups")
    }
}

extension VRFName? {
    /// The words that turn a command to a VRF, with the blank before them.
    var scope: String { map { " vrf \($0)" } ?? "" }
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
