package import Net

/// What a real server must pass, with its timing.
///
/// Two services that ask the same of the same endpoint share one probe, so nothing that only one
/// of them knows (a name, a note) is part of it.
///
/// Every one of a hundred thousand targets has its check, and there are a handful of checks: so a
/// copy is a reference, and the hash of what is behind it is known.
package struct Check: Hashable, Sendable {
    /// What is done to the server.
    package enum Method: Hashable, Sendable {
        /// A TCP connection is opened and closed.
        case tcp
        /// What a server says over a TCP connection is as expected.
        case conversation(Dialogue)
        /// A datagram is answered as expected.
        case datagram(Dialogue)
        /// The handshake of TLS succeeds.
        case tls(TLSTerms)
        /// One HTTP request is answered as expected.
        case http(HTTPExpectation)
        /// A server says over gRPC's health protocol that it serves.
        case grpc(GRPCExpectation)
        /// A question to a name server is answered as expected.
        case dns(DNSExpectation)
        /// An echo request with so many bytes is answered (ICMP or ICMPv6); 8 or more.
        case icmp(size: Int)
        /// A server tells over TCP how it wants to be used, after it was sent these bytes.
        ///
        /// That it cannot be reached says nothing about the server (`AgentWord`).
        case agent(sent: [UInt8])
        /// A program of the operator's ends well.
        case program(ProgramTerms)

        /// Whether it makes a TCP connection, which is what a sentinel can keep.
        package var isConnected: Bool {
            switch self {
            case .tcp, .conversation, .tls, .http, .grpc: true
            case .datagram, .icmp, .agent, .program: false
            case .dns(let expectation): expectation.transport == .tcp
            }
        }

        /// What the configuration calls it.
        package var word: String {
            switch self {
            case .tcp, .conversation: "tcp"
            case .datagram: "udp"
            case .tls: "tls"
            case .http(let expectation): expectation.tls == nil ? "http" : "https"
            case .grpc: "grpc"
            case .dns: "dns"
            case .icmp: "icmp"
            case .agent: "agent"
            case .program: "exec"
            }
        }

        /// Whether it passes on what a server says, and is none that the server must pass.
        package var isAgent: Bool {
            if case .agent = self { return true }
            return false
        }
    }

    /// What follows from its results.
    package enum Mode: String, Hashable, Sendable, CaseIterable {
        /// A server that fails gets no flows.
        case enforce
        /// Nothing; they are only shown.
        case observe
    }

    /// Where the probes go.
    package enum Via: String, Hashable, Sendable, CaseIterable {
        /// To the real server's own address.
        case direct
        /// To the VIP, and through this director's IPVS to the one real server: as traffic goes.
        case vip
    }

    struct Terms: Hashable, Sendable {
        var method: Method
        var mode: Mode
        var every: Duration
        var fastEvery: Duration
        var timeout: Duration
        var rise: Int
        var fall: Int
        var hasSentinel: Bool
        var origin: ProbeOrigin
        var via: Via
    }

    final class Shared: Sendable {
        let terms: Terms
        let hash: Int

        init(_ terms: Terms) {
            self.terms = terms
            hash = terms.hashValue
        }
    }

    var shared: Shared
    /// Where, when not at the service's own port.
    package var port: Port?

    /// What is done.
    package var method: Method {
        get { shared.terms.method }
        set { change { $0.method = newValue } }
    }
    /// What follows from its results.
    ///
    /// It is a part of the check, so that one which is enforced from now on starts with no opinion
    /// about anybody: nothing that it said while it was only observed counts.
    package var mode: Mode {
        get { shared.terms.mode }
        set { change { $0.mode = newValue } }
    }
    /// The time between the starts of two probes of a settled server.
    package var every: Duration {
        get { shared.terms.every }
        set { change { $0.every = newValue } }
    }
    /// The time between probes while the last results contradict the standing opinion.
    package var fastEvery: Duration {
        get { shared.terms.fastEvery }
        set { change { $0.fastEvery = newValue } }
    }
    /// The total time a probe may take, connection included.
    package var timeout: Duration {
        get { shared.terms.timeout }
        set { change { $0.timeout = newValue } }
    }
    /// How many passes in a row bring a server up; 1 or more.
    package var rise: Int {
        get { shared.terms.rise }
        set { change { $0.rise = newValue } }
    }
    /// How many failures in a row take it down; 1 or more.
    package var fall: Int {
        get { shared.terms.fall }
        set { change { $0.fall = newValue } }
    }
    /// Whether an idle connection is kept to the server, whose end asks for a probe at once.
    package var hasSentinel: Bool {
        get { shared.terms.hasSentinel }
        set { change { $0.hasSentinel = newValue } }
    }
    /// Where its packets come from, and how they are marked.
    package var origin: ProbeOrigin {
        get { shared.terms.origin }
        set { change { $0.origin = newValue } }
    }
    /// Where its packets go.
    package var via: Via {
        get { shared.terms.via }
        set { change { $0.via = newValue } }
    }

    /// A check of these parts.
    package init(
        method: Method,
        port: Port? = nil,
        every: Duration = .seconds(2),
        fastEvery: Duration = .milliseconds(500),
        timeout: Duration = .seconds(1),
        rise: Int = 2,
        fall: Int = 3,
        hasSentinel: Bool = false,
        mode: Mode = .enforce,
        origin: ProbeOrigin = ProbeOrigin(),
        via: Via = .direct
    ) {
        let terms = Terms(
            method: method,
            mode: mode,
            every: every,
            fastEvery: fastEvery,
            timeout: timeout,
            rise: rise,
            fall: fall,
            hasSentinel: hasSentinel,
            origin: origin,
            via: via
        )
        shared = Shared(terms)
        self.port = port
    }

    init(_ shared: Shared) {
        self.shared = shared
        port = nil
    }

    private mutating func change(_ edit: (inout Terms) -> Void) {
        var terms = shared.terms
        edit(&terms)
        shared = Shared(terms)
    }

    package static func == (left: Self, right: Self) -> Bool {
        left.port == right.port
            && (left.shared === right.shared
                || left.shared.hash == right.shared.hash && left.shared.terms == right.shared.terms)
    }

    package func hash(into hasher: inout Hasher) {
        hasher.combine(port)
        hasher.combine(shared.hash)
    }

    /// What this check asks of `backend` at its own address.
    package func target(for backend: Backend) -> ProbeTarget {
        ProbeTarget(
            endpoint: Endpoint(backend.endpoint.address, port ?? backend.endpoint.port),
            check: self
        )
    }
}

/// A check under the name it goes by in texts and metrics.
package struct NamedCheck: Hashable, Sendable {
    /// The name of the configuration, or one made from the check where it is written inline.
    package var name: String
    /// The check.
    package var check: Check

    /// Whether anything follows from its results.
    package var isEnforced: Bool { check.mode == .enforce && !check.method.isAgent }

    /// `check` under `name`.
    package init(name: String, _ check: Check) {
        self.name = name
        self.check = check
    }
}
