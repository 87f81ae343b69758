import Net

/// The servers of a service that fail and get flows all the same, because too few are left.
package struct Panic: Hashable, Sendable {
    /// What lives of the service, and what would be enough.
    package let live: Int
    package let needed: Int
    /// What both are counted in.
    package let unit: Quorum.Unit
    /// How many servers get their weight back.
    package let broughtBack: Int
}

// Better some than none: where nearly all servers fail their checks, the checks may be wrong, and
// the few that are left cannot carry everybody's flows.

extension Gate {
    /// Which servers of `service` get their weight back although they fail; `nil` for none.
    ///
    /// Only those that an operator wants in use, and only once enough have been judged to know.
    func panic(of service: VirtualService) -> Panic? {
        guard let threshold = service.minHealthy else { return nil }
        let counted = tally(service, in: threshold.unit)
        let needed = threshold.least(ofConfigured: counted.configured)
        guard counted.live + counted.unjudged < needed else { return nil }
        let failing = service.backends.count { backend in
            admin(of: backend, in: service) == .ready && backend.weight > 0
                && health(of: backend, in: service) == false
                && effect(on: backend, in: service).use != .down
        }
        guard failing > 0 else { return nil }
        return Panic(
            live: counted.live,
            needed: needed,
            unit: threshold.unit,
            broughtBack: failing
        )
    }

    /// Whether too few of `service` have been judged to know if those that fail are needed.
    ///
    /// They keep meanwhile what they have: after a restart nobody loses weight only to get it back.
    func isPanicOpen(_ service: VirtualService) -> Bool {
        guard let threshold = service.minHealthy else { return false }
        let counted = tally(service, in: threshold.unit)
        let needed = threshold.least(ofConfigured: counted.configured)
        return counted.live < needed && counted.live + counted.unjudged >= needed
    }

    /// Whether the server at `endpoint` fails, whatever weight it has.
    func isFailing(_ endpoint: Endpoint, in service: VirtualService) -> Bool {
        service.backend(at: endpoint).map { health(of: $0, in: service) == false } ?? false
    }
}

extension Panic: CustomStringConvertible {
    package var description: String {
        let what = unit == .weight ? "weight \(live) lives" : "\(live) live"
        return "\(what), below min-healthy (\(needed)): \(broughtBack) that fail have their weight "
            + "back, and do not count for the quorum"
    }
}
