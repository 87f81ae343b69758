package import Net

/// How many of several checks a real server must pass.
package enum Passing: Hashable, Sendable {
    /// Every one.
    case all
    /// One of them, whichever.
    case any
}

/// One port of a VIP and the real servers behind it: what IPVS calls a virtual service.
package struct VirtualService: Equatable, Sendable {
    /// The name it goes by; unique within its VIP.
    package var name: Name
    /// The protocol and port; unique within its VIP.
    package var id: ServiceID
    /// The VIP it is a service of, which says so to its services.
    package internal(set) var vip: IPAddress?
    /// How the kernel spreads flows.
    package var scheduling: Scheduling
    /// How packets reach the real servers.
    package var forwarding: Forwarding
    /// Whether packets go on with the director's own address, so that replies return through it
    /// whatever the servers' routes; only with `masquerade`.
    package var hasSourceNAT: Bool
    /// How much of it must live.
    package var quorum: Quorum
    /// How much of it must live for those that fail to be left without flows; `nil` for any.
    ///
    /// Below it they get their weight back: better some than none. Its quorum counts none of them.
    package var minHealthy: Quorum.Threshold?
    /// Whether its quorum decides about the VIP's announcement.
    package var gates: Bool
    /// How long a real server that comes up takes to get its whole weight; `nil` for at once.
    ///
    /// Only ever with a scheduler that has no `obstacleToRamps`.
    package var slowStart: Duration?
    /// How a real server that comes and goes is left out; `nil` where it is not.
    package var damping: DampingPolicy?
    /// When a real server is left out for being slower than its peers; `nil` for never.
    package var outliers: OutlierPolicy?
    /// What every real server must pass, and what is only observed; none to pass means that they
    /// count as up.
    package var checks: [NamedCheck]
    /// How many of them it must pass.
    package var passing: Passing
    /// The real servers, sorted by endpoint; no two share one.
    package var backends: [Backend]

    /// A service of these parts.
    package init(
        name: Name,
        id: ServiceID,
        scheduling: Scheduling = Scheduling(),
        forwarding: Forwarding = .directRouting,
        hasSourceNAT: Bool = false,
        quorum: Quorum = Quorum(),
        minHealthy: Quorum.Threshold? = nil,
        gates: Bool = true,
        slowStart: Duration? = nil,
        damping: DampingPolicy? = nil,
        outliers: OutlierPolicy? = nil,
        checks: [NamedCheck],
        passing: Passing = .all,
        backends: [Backend]
    ) {
        self.name = name
        self.id = id
        self.scheduling = scheduling
        self.forwarding = forwarding
        self.hasSourceNAT = hasSourceNAT
        self.quorum = quorum
        self.minHealthy = minHealthy
        self.gates = gates
        self.slowStart = slowStart
        self.damping = damping
        self.outliers = outliers
        self.checks = checks
        self.passing = passing
        self.backends = backends.sorted { $0.endpoint < $1.endpoint }
    }

    /// The real server at `endpoint`, found by halving: a service may have thousands.
    package func backend(at endpoint: Endpoint) -> Backend? {
        place(of: endpoint).map { backends[$0] }
    }

    /// Where the real server at `endpoint` stands in `backends`.
    func place(of endpoint: Endpoint) -> Int? {
        var range = backends.startIndex..<backends.endIndex
        while !range.isEmpty {
            let middle = range.lowerBound + range.count / 2
            let found = backends[middle].endpoint
            if found == endpoint { return middle }
            range =
                found < endpoint ? (middle + 1)..<range.upperBound : range.lowerBound..<middle
        }
        return nil
    }

    /// The real servers at `address`, whatever their ports, found the same way.
    func backends(at address: IPAddress) -> ArraySlice<Backend> {
        var range = backends.startIndex..<backends.endIndex
        while !range.isEmpty {
            let middle = range.lowerBound + range.count / 2
            range =
                backends[middle].endpoint.address < address
                ? (middle + 1)..<range.upperBound : range.lowerBound..<middle
        }
        return backends[range.lowerBound...].prefix { $0.endpoint.address == address }
    }

    /// Whether probes of this director go to the VIP.
    var isProbedByPath: Bool { checks.contains { $0.check.via == .vip } }

    /// What `check` asks of `backend` here: at its own address, or at the VIP by way of IPVS.
    ///
    /// A check with a port of its own asks at that port of the VIP, which is the server's too: a
    /// mark knows no ports. Only where addresses are rewritten the server's may be another one.
    package func target(of check: Check, for backend: Backend) -> ProbeTarget {
        guard check.via == .vip, let vip else { return check.target(for: backend) }
        let path = ProbePath(
            to: backend.endpoint.address,
            port: check.port ?? backend.endpoint.port,
            by: forwarding
        )
        return ProbeTarget(endpoint: Endpoint(vip, check.port ?? id.port), check: check, path: path)
    }

    /// Whether `backend` passes the checks that it must; `nil` while there is nothing to go by.
    func health(of backend: Backend, isUp: (ProbeTarget) -> Bool?) -> Bool? {
        guard checks.contains(where: \.isEnforced) else { return true }
        // The verdict of one check that decides, whatever the others say.
        let decisive = passing == .any
        var answer: Bool? = !decisive
        for named in checks where named.isEnforced {
            switch isUp(target(of: named.check, for: backend)) {
            case decisive?: return decisive
            case nil: answer = nil
            case _?: continue
            }
        }
        return answer
    }
}

/// What tells the services of one VIP apart.
package struct ServiceID: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// The transport protocol.
    package let transport: TransportProtocol
    /// The port clients connect to.
    package let port: Port

    /// The service at `port` of `transport`.
    package init(_ transport: TransportProtocol, _ port: Port) {
        self.transport = transport
        self.port = port
    }

    package static func < (left: Self, right: Self) -> Bool {
        (left.port, left.transport) < (right.port, right.transport)
    }

    /// The form of the configuration file: `443/tcp`.
    package var description: String { "\(port)/\(transport)" }
}
