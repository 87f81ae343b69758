internal import Core
internal import IPVS

extension IPVS.Table.Entry {
    /// Whether it has the form of the services that Penstock makes for checks that go to a VIP: a
    /// mark, and one destination of a weight that nobody else gives.
    var isWayOfChecks: Bool {
        guard case .mark = service.service.identity, destinations.count == 1 else { return false }
        return destinations[0].destination.weight == ProbePath.weight
    }
}
