/// How the bandwidth that goes with a route follows what is healthy behind it.
///
/// Routers that weigh their paths by it send a director fewer flows when it has fewer servers. It
/// moves flows, so it is told in coarse steps.
package struct BandwidthPolicy: Hashable, Sendable {
    /// What one unit of weight is worth, in Mbit/s; 1 or more.
    package var perWeight: UInt32
    /// In how many steps the whole capacity is told; 1 or more.
    package var steps: Int

    /// The most steps: finer ones would move flows with every server that comes or goes.
    package static let mostSteps = 16

    /// A policy of these parts.
    package init(perWeight: UInt32, steps: Int = 4) {
        self.perWeight = perWeight
        self.steps = steps
    }
}
