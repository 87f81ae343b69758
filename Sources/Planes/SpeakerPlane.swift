import Core
import FRR
import Net

/// One speaker of the plane: a bgpd, and how VIPs are announced through it.
protocol SpeakerPlane: Sendable {
    /// Looks at what is announced and sent.
    func observe() async throws(Fault) -> BGPFacts
    /// Carries out changes and answers for each, in their order.
    func apply(_ changes: [Change]) async -> [Result<Void, Fault>]
    /// Reports whenever something may have changed, until the task is cancelled.
    func watch(reporting report: @escaping @Sendable () -> Void) async
    /// Has the next look read everything, whatever a glance shows.
    func forget() async
    /// Follows one VIP from the kernel to each peer, as all of them say now.
    func evidence(of address: IPAddress) async -> [PathEvidence]
}

/// What an adapter needs of bgpd, so that a test can play it.
protocol RoutingDaemon: Sendable {
    /// Asks for a sign of life on the connection for writes.
    func ping() async throws(FRRError)
    /// The number of the connection for writes that is open; `nil` when none is.
    var openConnection: Int? { get async }
    /// Reads everything about the prefixes inside `owned`, or finds that `previous` still stands.
    func observe(
        owned: [Prefix],
        previous: BGPObservation?
    ) async throws(FRRError) -> BGPObservation
    /// What the table has for exactly `prefix`.
    func route(_ prefix: Prefix) async throws(FRRError) -> BGPRoute
    /// Executes `batch`, withdrawals first.
    func apply(
        _ batch: BGPBatch
    ) async throws(FRRError) -> [BGPBatch.Statement: BGPBatch.Outcome]
    /// Removes route-maps of ours that nothing uses.
    func discard(
        _ names: [RouteMapName]
    ) async throws(FRRError) -> [RouteMapName: BGPBatch.Outcome]
    /// Keeps the connections until the task is cancelled.
    func keep(reporting report: @escaping @Sendable (VTYSession.Change) async -> Void) async
}

extension BGP: RoutingDaemon {}

/// What an adapter needs of zebra, so that a test can play it.
protocol RoutingTable: Sendable {
    /// Every route to exactly `prefix`.
    func routes(to prefix: Prefix) async throws(ZebraError) -> [ZebraRoute]
    /// Every kernel route of a family, by prefix.
    func kernelRoutes(_ family: AddressFamily) async throws(ZebraError) -> [Prefix: [ZebraRoute]]
    /// What zebra answers those who asked to hear of `address`.
    func tracking(of address: IPAddress) async throws(ZebraError) -> ZebraTracking
    /// The link called `name`; `nil` when it knows none.
    func interface(_ name: String) async throws(ZebraError) -> ZebraInterface?
}

extension Zebra: RoutingTable {}
