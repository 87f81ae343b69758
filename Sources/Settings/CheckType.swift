/// The types of checks of this version, as the file says them.
enum CheckType: String, CaseIterable {
    case tcp, http, udp, dns

    /// The keys of a check of this type.
    var section: Section {
        switch self {
        case .tcp: .tcpCheck
        case .http: .httpCheck
        case .udp: .udpCheck
        case .dns: .dnsCheck
        }
    }
}
