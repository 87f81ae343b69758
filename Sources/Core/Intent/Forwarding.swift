/// How IPVS hands a packet to a real server.
package enum Forwarding: String, Hashable, Sendable, CaseIterable {
    /// Rewrites only the destination MAC; the server answers the client directly.
    case directRouting = "dr"
    /// Wraps the packet in IPIP; the server answers the client directly.
    case tunnel = "tun"
    /// Rewrites addresses; replies pass the director.
    case masquerade = "nat"

    /// True when the server sees the packet as the client sent it, port included.
    package var keepsPort: Bool { self != .masquerade }
}
