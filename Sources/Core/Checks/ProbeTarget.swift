package import Net

/// One thing to probe: an endpoint and what is asked of it.
///
/// It is handed on a dozen times for each probe, and is the key of most that is kept of one: so a
/// copy is a reference, what it refers to is shared by all who keep it, and its hash is known.
package struct ProbeTarget: Hashable, Sendable {
    private let facts: Facts

    private final class Facts: Sendable {
        let endpoint: Endpoint
        // A check without its port takes a third less room, and there are many targets.
        let check: Check.Shared
        // A reference, as most targets have none.
        let way: Way?
        let hash: Int

        init(_ endpoint: Endpoint, _ check: Check.Shared, _ way: Way?) {
            self.endpoint = endpoint
            self.check = check
            self.way = way
            var hasher = Hasher()
            hasher.combine(endpoint)
            hasher.combine(check.hash)
            if let way { hasher.combine(way) }
            hash = hasher.finalize()
        }

        func isSame(as other: Facts) -> Bool {
            hash == other.hash && endpoint == other.endpoint && Check(check) == Check(other.check)
                && (way === other.way || way == other.way)
        }
    }

    private final class Way: Hashable, Sendable {
        let path: ProbePath?
        let host: IPAddress

        init(_ path: ProbePath?, host: IPAddress) {
            self.path = path
            self.host = host
        }

        static func == (left: Way, right: Way) -> Bool {
            left.path == right.path && left.host == right.host
        }

        func hash(into hasher: inout Hasher) {
            hasher.combine(path)
            hasher.combine(host)
        }
    }

    /// Where the probe connects to; its port already resolved.
    package var endpoint: Endpoint { facts.endpoint }

    /// What is asked; its own `port` is spent and cleared, so that equal targets are equal.
    package var check: Check { Check(facts.check) }

    /// The way through IPVS that its packets take to the real server; `nil` where the endpoint is
    /// the real server's own, and for what goes to a VIP to reach any of its servers.
    package var path: ProbePath? { facts.way?.path }

    /// The address of the real server that answers; of several that may, one.
    package var host: IPAddress { facts.way?.host ?? endpoint.address }

    private init(_ endpoint: Endpoint, _ check: Check, _ way: Way?) {
        facts = Facts(endpoint, check.shared, way)
    }

    /// The probe of `endpoint` with `check`, on its own way if `path` is one.
    package init(endpoint: Endpoint, check: Check, path: ProbePath? = nil) {
        self.init(endpoint, check, path.map { Way($0, host: $0.server) })
    }

    /// The probe of a VIP's own service, which may pass it to any of its servers, of which `server`
    /// is one.
    package init(service endpoint: Endpoint, check: Check, anyLike server: IPAddress) {
        self.init(endpoint, check, Way(nil, host: server))
    }

    /// The same, with packets of `origin`.
    package func sent(from origin: ProbeOrigin) -> ProbeTarget {
        var check = check
        check.origin = origin
        return ProbeTarget(endpoint, check, facts.way)
    }

    package static func == (left: Self, right: Self) -> Bool {
        left.facts === right.facts || left.facts.isSame(as: right.facts)
    }

    package func hash(into hasher: inout Hasher) { hasher.combine(facts.hash) }
}

extension ProbeTarget: CustomStringConvertible {
    /// The endpoint, and the real server where that is another one: `10.20.0.11 by dr through
    /// 203.0.113.10:443`.
    package var description: String {
        guard let way = facts.way else { return "\(endpoint)" }
        return way.path.map { "\($0) through \(endpoint)" } ?? "the service at \(endpoint)"
    }
}
