/// When a real server that passes its checks is set aside for being far slower than its peers.
///
/// Opt-in: what checks measure is not what clients wait for, and each director judges by itself.
package struct OutlierPolicy: Equatable, Sendable {
    /// How many times the median of its peers the time of its checks must be; more than 1.
    package var times: Int
    /// How much longer than that median it must be at least, so that nobody is set aside for the
    /// noise of answers within a millisecond.
    package var margin: Duration
    /// The largest share of the ready servers that may be aside for it, in percent; at least one
    /// may be.
    package var atMost: Int
    /// How long it stays aside at least.
    package var rest: Duration

    /// The policy of these parts.
    package init(
        times: Int = 3,
        margin: Duration = .milliseconds(20),
        atMost: Int = 10,
        rest: Duration = .seconds(60)
    ) {
        self.times = times
        self.margin = margin
        self.atMost = atMost
        self.rest = rest
    }

    /// How often servers are compared: far more often than anybody is set aside, and each time a
    /// service of thousands is sorted.
    package static let reviewEvery: Duration = .seconds(5)
    /// The fewest servers with a measure of which the median says something about the others.
    package static let fewestMeasured = 3

    /// The time above which a server is an outlier among those whose median is `median`.
    package func bar(above median: Duration) -> Duration {
        max(median * times, median + margin)
    }

    /// How many of `ready` servers may be aside for it.
    package func limit(of ready: Int) -> Int { max(1, ready * atMost / 100) }
}
