/// The types of checks of this version, as the file says them.
enum CheckType: String, CaseIterable {
    case tcp, tls, http, https, udp, grpc, dns, icmp, agent, exec

    /// The keys of a check of this type.
    var section: Section {
        switch self {
        case .tcp: .tcpCheck
        case .tls: .tlsCheck
        case .http: .httpCheck
        case .https: .httpsCheck
        case .udp: .udpCheck
        case .dns: .dnsCheck
        case .icmp: .icmpCheck
        case .grpc: .grpcCheck
        case .agent: .agentCheck
        case .exec: .execCheck
        }
    }
}
