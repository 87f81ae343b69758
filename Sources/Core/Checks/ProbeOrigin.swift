package import Net

/// Where the packets of a probe come from, and how the firewall of the director knows them.
package struct ProbeOrigin: Hashable, Sendable {
    /// The source address of probes of IPv4 servers; the kernel's choice when not said.
    package var v4: IPAddress?
    /// The source address of probes of IPv6 servers; the kernel's choice when not said.
    package var v6: IPAddress?
    /// The firewall mark (`SO_MARK` of socket(7)); `nil` for none, which is what 0 means too.
    package var mark: UInt32?

    /// An origin of these parts; each address is of its family.
    package init(v4: IPAddress? = nil, v6: IPAddress? = nil, mark: UInt32? = nil) {
        self.v4 = v4
        self.v6 = v6
        self.mark = mark
    }

    /// The source address of probes of servers of `family`.
    package func source(for family: AddressFamily) -> IPAddress? {
        switch family {
        case .v4: v4
        case .v6: v6
        }
    }
}
