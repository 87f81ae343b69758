/// How much of a service must live for it to count as up, with two watermarks against flapping.
package struct Quorum: Hashable, Sendable {
    /// A watermark.
    package enum Threshold: Hashable, Sendable {
        /// This much weight, 1 or more.
        case weight(Int)
        /// This share, 1...100 %, of the configured weight of the backends that are `ready`.
        case percent(Int)

        /// The least weight that reaches the watermark, never below 1: nothing is not a quorum.
        package func weight(ofConfigured configured: Int) -> Int {
            switch self {
            case .weight(let weight): max(1, weight)
            // Rounded up: 50 % of 3 is 2.
            case .percent(let percent): max(1, (configured * percent + 99) / 100)
            }
        }
    }

    /// A service that is down comes up at this much.
    package var up: Threshold
    /// A service that is up goes down below this much.
    package var down: Threshold

    /// One weight unit for both unless said.
    package init(up: Threshold = .weight(1), down: Threshold = .weight(1)) {
        self.up = up
        self.down = down
    }

    /// Whether `live` weight of `configured` keeps the service up, or brings it up.
    package func isMet(live: Int, configured: Int, whileUp: Bool) -> Bool {
        live >= (whileUp ? down : up).weight(ofConfigured: configured)
    }
}
