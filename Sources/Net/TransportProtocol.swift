/// The transport protocols IPVS balances, with their numbers from the IANA registry.
public enum TransportProtocol: UInt8, Hashable, Comparable, Sendable, CaseIterable {
    case tcp = 6
    case udp = 17
    case sctp = 132

    public static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
}

extension TransportProtocol: CustomStringConvertible {
    /// The protocol with this lower-case name, or `nil`.
    public init?(name: some StringProtocol) {
        guard let match = Self.allCases.first(where: { $0.description == name }) else {
            return nil
        }
        self = match
    }

    public var description: String {
        switch self {
        case .tcp: "tcp"
        case .udp: "udp"
        case .sctp: "sctp"
        }
    }
}
