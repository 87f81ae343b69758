package import Net

/// A bgpd, or one instance of it, that VIPs are announced through.
package struct Speaker: Equatable, Sendable {
    /// How a VIP is announced.
    package enum Method: String, Equatable, Sendable, CaseIterable {
        /// By a `network` statement through bgpd's VTY.
        case network
        /// By a kernel route, which the operator's own configuration redistributes.
        case kernelRoute = "kernel-route"
    }

    /// How many commands may be on their way to bgpd at once.
    package enum Pipeline: Equatable, Sendable {
        /// As many as that version of the daemon is known to take.
        case automatic
        /// This many, 1 or more; 1 waits for each answer.
        case window(Int)

        /// The widest window that may be configured.
        package static let widest = 64
    }

    /// The name it goes by; unique.
    package var name: Name
    /// The AS number that it must already run with; another one is never written to.
    package var asn: ASN
    /// The path of its VTY socket.
    package var vtySocket: String
    /// The VRF of the instance; `nil` for the default one.
    package var vrf: String?
    /// How VIPs are announced through it.
    package var method: Method
    /// How many commands may be on their way to it.
    package var pipeline: Pipeline
    /// Whether it has left the configuration: no VIP belongs to it, and what it still announces is
    /// taken back.
    package var isFormer = false

    /// The name of the only speaker of a configuration that does not list speakers.
    package static let usualName = Name.usual
    /// Where Debian's FRR puts the socket.
    package static let usualSocket = "/run/frr/bgpd.vty"

    /// A speaker of these parts.
    package init(
        name: Name = Speaker.usualName,
        asn: ASN,
        vtySocket: String = Speaker.usualSocket,
        vrf: String? = nil,
        method: Method = .network,
        pipeline: Pipeline = .automatic
    ) {
        self.name = name
        self.asn = asn
        self.vtySocket = vtySocket
        self.vrf = vrf
        self.method = method
        self.pipeline = pipeline
    }
}
