package import Net

/// What a real server must pass, with its timing.
///
/// Two services that ask the same of the same endpoint share one probe, so nothing that only one
/// of them knows (a name, a note) is part of it.
package struct Check: Hashable, Sendable {
    /// What is done to the server.
    package enum Method: Hashable, Sendable {
        /// A TCP connection is opened and closed.
        case tcp
        /// One HTTP/1.1 request is answered as expected.
        case http(HTTPExpectation)
    }

    /// What is done.
    package var method: Method
    /// Where, when not at the service's own port.
    package var port: Port?
    /// The time between the starts of two probes of a settled server.
    package var every: Duration
    /// The time between probes while the last results contradict the standing opinion.
    package var fastEvery: Duration
    /// The total time a probe may take, connection included.
    package var timeout: Duration
    /// How many passes in a row bring a server up; 1 or more.
    package var rise: Int
    /// How many failures in a row take it down; 1 or more.
    package var fall: Int

    /// A check of these parts.
    package init(
        method: Method,
        port: Port? = nil,
        every: Duration = .seconds(2),
        fastEvery: Duration = .milliseconds(500),
        timeout: Duration = .seconds(1),
        rise: Int = 2,
        fall: Int = 3
    ) {
        self.method = method
        self.port = port
        self.every = every
        self.fastEvery = fastEvery
        self.timeout = timeout
        self.rise = rise
        self.fall = fall
    }

    /// What this check asks of `backend` in `service`.
    package func target(for backend: Backend) -> ProbeTarget {
        ProbeTarget(
            endpoint: Endpoint(backend.endpoint.address, port ?? backend.endpoint.port),
            check: self
        )
    }
}

/// What is asked over HTTP and which answers pass.
package struct HTTPExpectation: Hashable, Sendable {
    /// The request target: an absolute path with its query, ASCII without spaces or controls.
    package var path: String
    /// The Host field; the address of the server when not said.
    package var host: String?
    /// The status codes that pass, as ranges within 100...599.
    package var statuses: [ClosedRange<Int>]

    /// GET `path` answered with one of `statuses`.
    package init(
        path: String = "/",
        host: String? = nil,
        statuses: [ClosedRange<Int>] = [200...399]
    ) {
        self.path = path
        self.host = host
        self.statuses = statuses
    }

    /// Whether an answer with this status code passes.
    package func accepts(status: Int) -> Bool {
        statuses.contains { $0.contains(status) }
    }
}

/// A check under the name it goes by in texts and metrics.
package struct NamedCheck: Hashable, Sendable {
    /// The name of the configuration, or one made from the check where it is written inline.
    package var name: String
    /// The check.
    package var check: Check

    /// `check` under `name`.
    package init(name: String, _ check: Check) {
        self.name = name
        self.check = check
    }
}

/// One thing to probe: an endpoint and what is asked of it.
package struct ProbeTarget: Hashable, Sendable {
    /// Where the probe connects to; its port already resolved.
    package let endpoint: Endpoint
    /// What is asked; its own `port` is spent and cleared, so that equal targets are equal.
    package let check: Check

    /// The probe of `endpoint` with `check`.
    package init(endpoint: Endpoint, check: Check) {
        self.endpoint = endpoint
        var check = check
        check.port = nil
        self.check = check
    }
}
