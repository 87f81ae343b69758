import Net

/// Why a real server keeps its weight although it is to lose it for another reason than health.
package enum Patience: Hashable, Sendable {
    /// Too few of the others have been judged to know whether they would do.
    case unjudged
    /// The VIP loses its announcement, and its route is not yet seen gone.
    case routeOut
    /// The others are up, and the table does not yet give enough of them flows.
    case notReplaced(inUse: Int, needed: Int)
}

extension Gate {
    /// Why weight that is to go for another reason than health stays for now; `nil` when it goes.
    func patience(
        with service: VirtualService,
        standing: ServiceStanding,
        isLosing: Bool
    ) -> Patience? {
        guard standing.state != .undetermined else { return .unjudged }
        guard isRouteOut else { return nil }
        if isLosing { return .routeOut }
        // The replacement has to be seen in the table: judged up is not yet in use.
        let used = inUse(service, sight.slice.services[service.id]?.destinations ?? [:])
        let isReplaced = standing.state == .down || used >= standing.needed
        return isReplaced ? nil : .notReplaced(inUse: used, needed: standing.needed)
    }
}

extension Patience: CustomStringConvertible {
    package var description: String {
        switch self {
        case .unjudged: "the other servers have not been judged yet"
        case .routeOut:
            "too little would be left, so the VIP is withdrawn first; its route is not seen gone"
        case .notReplaced(let inUse, let needed):
            "the other servers in the table carry weight \(inUse), the quorum needs \(needed)"
        }
    }
}
