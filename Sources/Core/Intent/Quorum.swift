/// How much of a service must live for it to count as up, with two watermarks against flapping.
package struct Quorum: Hashable, Sendable {
    /// A watermark.
    package enum Threshold: Hashable, Sendable {
        /// This much weight, 1 or more.
        case weight(Int)
        /// This share, 1...100 %, of the configured weight of the backends that are `ready`.
        case percent(Int)
        /// This many servers, 1 or more, whatever they weigh.
        case servers(Int)

        /// What it is reached in.
        package var unit: Unit {
            switch self {
            case .weight, .percent: .weight
            case .servers: .servers
            }
        }

        /// The least that reaches the watermark, in its unit and never below 1: nothing is not a
        /// quorum.
        package func least(ofConfigured configured: Int) -> Int {
            switch self {
            case .weight(let least), .servers(let least): max(1, least)
            // Rounded up: 50 % of 3 is 2.
            case .percent(let percent): max(1, (configured * percent + 99) / 100)
            }
        }
    }

    /// What is counted.
    package enum Unit: String, Hashable, Sendable, CaseIterable {
        case weight, servers

        /// What a server of this weight counts: one that gets no flows is none.
        package func amount(of weight: Int) -> Int {
            switch self {
            case .weight: weight
            case .servers: weight > 0 ? 1 : 0
            }
        }
    }

    /// A service that is down comes up at this much.
    package var up: Threshold
    /// A service that is up goes down below this much; in the unit of `up`.
    package var down: Threshold

    /// One weight unit for both unless said.
    package init(up: Threshold = .weight(1), down: Threshold = .weight(1)) {
        self.up = up
        self.down = down
    }

    /// Whether `live` weight of `configured` keeps the service up, or brings it up.
    package func isMet(live: Int, configured: Int, whileUp: Bool) -> Bool {
        live >= (whileUp ? down : up).least(ofConfigured: configured)
    }
}
