import Net

/// Why a real server keeps its weight although it is to lose it for another reason than health.
package enum Patience: Hashable, Sendable {
    /// Too few of the others have been judged to know whether they would do.
    case unjudged
    /// The VIP loses its announcement, and its route is not yet seen gone.
    case routeOut
    /// The route has just been seen gone, and the kernels of routers follow a little later.
    case routeJustGone
    /// The others are up, and the table does not yet give enough of them flows.
    case notReplaced(inUse: Int, needed: Int, Quorum.Unit)
}

extension Gate {
    /// How long everything under a route stays as it is after that was seen gone at every peer.
    ///
    /// That bgpd has told a peer is where its router begins to work: FRR takes 110 ms until its
    /// kernel forwards elsewhere, which is what is measured in `integration/bench`. A second is far
    /// more than that, and what is planned has the time.
    static let kernelLag: Duration = .seconds(1)

    /// Until when routers may forward here although the route is seen gone; `nil` once they do not,
    /// and while it is out.
    ///
    /// What this run never saw out counts, too: the run before it may have taken it back just now.
    func lagEnds(_ memory: GateMemory) -> Moment? {
        guard !isRouteOut, let gone = memory.goneSince else { return nil }
        let end = gone + Self.kernelLag
        return now < end ? end : nil
    }

    /// Why weight that is to go for another reason than health stays for now; `nil` when it goes.
    func patience(
        with service: VirtualService,
        standing: ServiceStanding,
        isLosing: Bool,
        remembering memory: GateMemory
    ) -> Patience? {
        guard standing.state != .undetermined else { return .unjudged }
        guard isRouteOut else { return lagEnds(memory) == nil ? nil : .routeJustGone }
        if isLosing { return .routeOut }
        // The replacement has to be seen in the table: judged up is not yet in use.
        let seen = sight.slice.services[service.id]?.destinations ?? [:]
        // What is only held may be dead, and nothing is taken away on the strength of it.
        let used = inUse(service, seen, in: standing.counted.unit, countingHeld: false)
        let isReplaced = standing.state == .down || used >= standing.needed
        guard !isReplaced else { return nil }
        return .notReplaced(inUse: used, needed: standing.needed, standing.counted.unit)
    }
}

extension Patience: CustomStringConvertible {
    package var description: String {
        switch self {
        case .unjudged: "the other servers have not been judged yet"
        case .routeOut:
            "too little would be left, so the VIP is withdrawn first; its route is not seen gone"
        case .routeJustGone:
            "its route was seen gone just now; the kernels of routers follow within a second"
        case .notReplaced(let inUse, let needed, .weight):
            "the other servers in the table carry weight \(inUse), the quorum needs \(needed)"
        case .notReplaced(let inUse, let needed, .servers):
            "\(inUse) of the other servers in the table take flows, the quorum needs \(needed)"
        }
    }
}
