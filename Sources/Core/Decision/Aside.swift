/// Why a real server that passes its checks gets no flows.
///
/// It is treated as one that is drained: it takes nothing new, and is none of those that live. It
/// is put back at once where its service needs it, so nobody is out at the price of a quorum.
package enum Aside: Hashable, Sendable {
    /// It came and went too often of late, and is left out until it has been at rest.
    case restless(until: Moment)
    /// Its checks take far longer than those of its peers.
    case slow(Duration, median: Duration)

    /// In a word.
    package var word: String {
        switch self {
        case .restless: "restless"
        case .slow: "slow"
        }
    }

    /// With its numbers.
    package func text(at now: Moment) -> String {
        switch self {
        case .restless(let until):
            "came and went too often: left out for \(Reason.tenths(until - now)) s more"
        case .slow(let latency, let median):
            "its checks take \(Reason.milliseconds(latency)) ms, the median of its peers is "
                + "\(Reason.milliseconds(median)) ms"
        }
    }
}
