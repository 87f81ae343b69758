import Net

extension VIP {
    /// What is asked at the VIP itself before it is announced: of each service that gates, by the
    /// way that traffic takes through its own service in IPVS.
    ///
    /// Empty unless it is asked for.
    package var selfCheck: [(service: VirtualService, target: ProbeTarget)] {
        guard hasSelfCheck else { return [] }
        return services.filter(\.gates).compactMap { service in
            service.selfCheckTarget.map { (service, $0) }
        }
    }
}

extension VirtualService {
    /// What is asked at the VIP itself; `nil` where nothing can be: of SCTP, and of UDP without a
    /// check that speaks it.
    ///
    /// The first of its checks that speaks its protocol at its own port, or a connection. Whatever
    /// mark that has is not given: it would be another way than that of traffic.
    package var selfCheckTarget: ProbeTarget? {
        guard let vip, let server = backends.first?.endpoint.address else { return nil }
        let fitting = checks.first { named in
            named.isEnforced && named.check.method.transport == id.transport
                && (named.check.port == nil || named.check.port == id.port)
        }
        var check: Check
        switch (fitting, id.transport) {
        case (let fitting?, _): check = fitting.check
        case (nil, .tcp):
            check = checks.first?.check ?? Check(method: .tcp)
            check.method = .tcp
        case (nil, _): return nil
        }
        check.mode = .enforce
        check.via = .vip
        check.port = nil
        check.hasSentinel = false
        check.origin.mark = nil
        return ProbeTarget(service: Endpoint(vip, id.port), check: check, anyLike: server)
    }
}

extension Check.Method {
    /// What carries it; `nil` for one without ports.
    var transport: TransportProtocol? {
        switch self {
        case .tcp, .conversation, .tls, .http, .grpc: .tcp
        case .datagram: .udp
        case .dns(let expectation): expectation.transport
        case .icmp, .agent, .program: nil
        }
    }
}
