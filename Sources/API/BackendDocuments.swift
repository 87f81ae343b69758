package import Core
package import Net

// The documents about real servers. Their keys, as spelt here, are what programs see.

/// A real server with the service it belongs to.
package struct BackendReport: Codable, Equatable, Sendable {
    /// The VIP and the service, by name; by address and port where they are not configured.
    package var vip: String
    package var service: String
    /// The address of the VIP, and the service as `443/tcp`.
    package var address: String
    package var listen: String
    /// The scheduler with its flags; empty for a service that is not configured.
    package var scheduler: String
    /// The real server.
    package var backend: BackendStatus
    /// What should be known beside, in an answer to a change.
    package var notes: [String]?

    /// Where its document is.
    package var path: String {
        let parts = [vip, service, backend.endpoint].map(ControlClient.segment)
        return "/v1/backends/" + parts.joined(separator: "/")
    }

    /// What it is called on the command line.
    package var name: String { "\(vip)/\(service)/\(backend.endpoint)" }

    /// Every real server of a director: the configured ones, then those that are not configured
    /// (any more) and about which something is ordered.
    package static func all(of snapshot: Snapshot) -> [BackendReport] {
        let configured = snapshot.vips.flatMap { vip in
            vip.services.flatMap { service in
                service.backends.map { backend in
                    BackendReport(
                        vip: vip.name,
                        service: service.name,
                        address: vip.address,
                        listen: service.listen,
                        scheduler: service.scheduler,
                        backend: backend
                    )
                }
            }
        }
        let idle = Dictionary(grouping: snapshot.overrides.filter(\.idle)) {
            "\($0.vip)/\($0.service)/\($0.backend)"
        }
        return configured
            + idle.sorted { $0.key < $1.key }.compactMap { _, overrides in
                overrides.first.map { first in
                    let vip = snapshot.vips.first { $0.name == first.vip }
                    let service = vip?.services.first { $0.name == first.service }
                    return BackendReport(
                        vip: first.vip,
                        service: first.service,
                        address: vip?.address ?? first.vip,
                        listen: service?.listen ?? first.service,
                        scheduler: service?.scheduler ?? "",
                        backend: .idle(first.backend, overrides)
                    )
                }
            }
    }

    /// What tells it apart, for the director.
    var key: BackendKey {
        get throws(ParseError) {
            BackendKey(
                ServiceKey(try IPAddress(parsing: address), try ServiceID(parsing: listen)),
                try Endpoint(parsing: backend.endpoint)
            )
        }
    }

    /// Whether `text` names it: its address and port, or its address.
    package func isNamed(_ text: String) -> Bool {
        backend.endpoint == text || backend.endpoint.hasPrefix("\(text):")
            || backend.endpoint.hasPrefix("[\(text)]:")
    }

    /// Whether it is in a state that can be asked for: up, down or unknown by its checks, or
    /// ready, drain or maint by the operator.
    package func isIn(_ state: String) -> Bool {
        switch state {
        case "up": backend.health == "up" || backend.health.hasPrefix("going-down")
        case "down": backend.health == "down" || backend.health.hasPrefix("going-up")
        case "unknown": backend.health == "unknown"
        default: backend.admin == state
        }
    }

    /// The states that can be asked for.
    package static let states =
        ["up", "down", "unknown"]
        + Backend.AdminState.allCases.map(\.rawValue)
}

/// The state that a real server is asked to be in.
package struct BackendStateRequest: Codable, Equatable, Sendable {
    /// The states that can be asked for.
    package enum State: String, Codable, Equatable, Sendable, CaseIterable {
        case ready, drain, maint
        /// What the configuration says.
        case auto
    }

    /// The wanted state.
    package var state: State
    /// Why, in the operator's words, and for how long.
    package var reason: String?
    package var `for`: String?

    /// A wish for `state`.
    package init(state: State, reason: String? = nil, for term: String? = nil) {
        self.state = state
        self.reason = reason
        self.for = term
    }
}

/// The weight that a real server is asked to have.
package struct BackendWeightRequest: Codable, Equatable, Sendable {
    /// A number, or what the configuration says.
    package enum Weight: Codable, Equatable, Sendable {
        case number(Int)
        case auto

        package init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            if let word = try Self.word(in: container) {
                guard word == "auto" else {
                    throw DecodingError.dataCorruptedError(
                        in: container,
                        debugDescription: "a weight is a number or \"auto\", not \"\(word)\""
                    )
                }
                self = .auto
            } else {
                self = .number(try container.decode(Int.self))
            }
        }

        private static func word(in container: any SingleValueDecodingContainer) throws -> String? {
            do {
                return try container.decode(String.self)
            } catch DecodingError.typeMismatch {
                return nil
            }
        }

        package func encode(to encoder: any Encoder) throws {
            var container = encoder.singleValueContainer()
            switch self {
            case .number(let number): try container.encode(number)
            case .auto: try container.encode("auto")
            }
        }
    }

    /// The wanted weight.
    package var weight: Weight
    /// Why, in the operator's words, and for how long.
    package var reason: String?
    package var `for`: String?

    /// A wish for `weight`.
    package init(weight: Weight, reason: String? = nil, for term: String? = nil) {
        self.weight = weight
        self.reason = reason
        self.for = term
    }
}

/// To whom a real server is asked to give its work, and within which time.
package struct HandoverRequest: Codable, Equatable, Sendable {
    /// The one who takes it: an address, with its port where it would not be clear.
    package var to: String
    /// How long it takes in all: `10m`.
    package var over: String
    /// Why, in the operator's words.
    package var reason: String?

    /// A wish for a hand-over.
    package init(to: String, over: String, reason: String? = nil) {
        self.to = to
        self.over = over
        self.reason = reason
    }
}

/// What an operator wants of a real server, with everything read and understood.
package struct BackendWish: Equatable, Sendable {
    /// What is wanted.
    package enum Change: Equatable, Sendable {
        /// This state; `nil` for the configuration's.
        case state(Backend.AdminState?)
        /// This weight; `nil` for the configuration's.
        case weight(Int?)
        /// To give its work to another.
        case handOver(to: Endpoint, over: Duration)
    }

    /// Which one.
    package let key: BackendKey
    /// What is wanted.
    package let change: Change
    /// Who wants it, why, and for how long unless for good.
    package let by: String
    package let reason: String
    package let term: Duration?
}
