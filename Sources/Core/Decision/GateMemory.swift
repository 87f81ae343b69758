package import Net

/// What the gate of one VIP has to remember between two decisions.
///
/// None of it survives a restart, and none of it has to: a restarted director adopts what it sees
/// and at worst waits a hold or a drain anew.
package struct GateMemory: Equatable, Sendable {
    /// Which services were last judged to be up; absent while there was nothing to judge by.
    package var quorum: [ServiceID: Bool] = [:]
    /// Since when the VIP has been healthy.
    package var healthySince: Moment?
    /// Since when it has not, while still announced.
    package var unhealthySince: Moment?
    /// Since when an announced VIP has been seen not to stand on what it needs.
    package var brokenSince: Moment?
    /// Since when a destination that left the configuration is being let go.
    package var leavingSince: [ServiceID: [Endpoint: Moment]] = [:]
    /// Since when a real server has been ready and up, for those that may start slowly.
    package var risingSince: [ServiceID: [Endpoint: Moment]] = [:]
    /// Since when the route has been seen gone.
    package var goneSince: Moment?
    /// Whether it was last found fit to be announced, with nobody having ordered otherwise since.
    package var wasFit = false
    /// How restless it has been.
    package var flaps = FlapRecord()

    /// How far a drain has made the path worse; `nil` while it does not try.
    package var softening: Softening?
    /// Whether the drain that concerns it has seen its route gone.
    ///
    /// What is out again after that was put there by somebody else, or by a bgpd that was started
    /// with what had once been saved.
    package var isDrainedOut = false
    /// The step of its capacity that routers are told of.
    package var bandwidth: BandwidthStep?

    /// Nothing to remember yet.
    package init() {}
}
