package import Net

/// Which servers of one service are set aside, and what that is judged by.
///
/// Pure: opinions, measures and the time go in; who is aside comes out. Whatever the policies say,
/// what is left meets the quorum by which the service comes up, and its `min-healthy`.
package struct AsideRecord: Sendable {
    /// A server that is aside for its slowness, and until when at least.
    private struct Slow: Sendable {
        var latency: Duration
        var median: Duration
        let restsUntil: Moment
    }

    /// The largest share of the ready servers, in percent, that can be restless: where more come
    /// and go together, it is what they share that does, and the rest could not carry the flows.
    static let largestRestlessShare = 50

    /// Those that are aside.
    package private(set) var current: [Endpoint: Aside] = [:]
    /// When something changes by time alone.
    package private(set) var nextReview: Moment?

    private var wasUp: [Endpoint: Bool] = [:]
    private var flaps: [Endpoint: FlapRecord] = [:]
    /// Those that are held back since they fell; one that was needed meanwhile is so no more.
    private var held: Set<Endpoint> = []
    private var slow: [Endpoint: Slow] = [:]
    private var comparedAt: Moment?

    /// One of a service that nobody was set aside of.
    package init() {}

    /// Judges anew.
    ///
    /// - Parameters:
    ///   - service: The service, with its policies.
    ///   - isUp: What its checks say of a server; `nil` while there is nothing to go by.
    ///   - isCounted: Whether a server that is up carries flows, as a quorum counts them.
    ///   - latency: How long its checks take, smoothed; `nil` where that was not measured.
    ///   - now: The time.
    package mutating func review(
        _ service: VirtualService,
        isUp: (Backend) -> Bool?,
        isCounted: (Backend) -> Bool,
        latency: (Backend) -> Duration?,
        at now: Moment
    ) {
        let ready = service.backends.filter { $0.admin == .ready }
        let healthy = ready.filter { isUp($0) == true && isCounted($0) }
        forget(besides: ready)
        nextReview = nil
        noteFlaps(ready, service.damping, isUp, at: now)
        compare(healthy, of: ready.count, service.outliers, latency, at: now)
        choose(among: healthy, of: ready, service, at: now)
    }

    private mutating func forget(besides ready: [Backend]) {
        guard !wasUp.isEmpty || !slow.isEmpty else { return }
        let endpoints = Set(ready.map(\.endpoint))
        wasUp = wasUp.filter { endpoints.contains($0.key) }
        flaps = flaps.filter { endpoints.contains($0.key) }
        held.formIntersection(endpoints)
        slow = slow.filter { endpoints.contains($0.key) }
    }

    private mutating func noteFlaps(
        _ ready: [Backend],
        _ policy: DampingPolicy?,
        _ isUp: (Backend) -> Bool?,
        at now: Moment
    ) {
        guard let policy else {
            (wasUp, flaps, held) = ([:], [:], [])
            return
        }
        for backend in ready {
            guard let up = isUp(backend) else { continue }
            let endpoint = backend.endpoint
            if wasUp[endpoint] == true, !up {
                flaps[endpoint, default: FlapRecord()].flapped(at: now, policy)
                if flaps[endpoint]?.heldUntil(at: now, policy) != nil { held.insert(endpoint) }
            }
            wasUp[endpoint] = up
        }
        for endpoint in held where flaps[endpoint]?.heldUntil(at: now, policy) == nil {
            held.remove(endpoint)
        }
        if held.count * 100 > ready.count * Self.largestRestlessShare { held = [] }
        flaps = flaps.filter { held.contains($0.key) || !$0.value.isForgotten(at: now, policy) }
    }

    private mutating func compare(
        _ healthy: [Backend],
        of ready: Int,
        _ policy: OutlierPolicy?,
        _ latency: (Backend) -> Duration?,
        at now: Moment
    ) {
        guard let policy else {
            (slow, comparedAt) = ([:], nil)
            return
        }
        let due = comparedAt.map { $0 + OutlierPolicy.reviewEvery }
        guard due.map({ $0 <= now }) ?? true else {
            if let due { wake(at: due) }
            return
        }
        comparedAt = now
        wake(at: now + OutlierPolicy.reviewEvery)
        var measured: [(endpoint: Endpoint, latency: Duration)] = []
        for backend in healthy {
            if let latency = latency(backend) { measured.append((backend.endpoint, latency)) }
        }
        // Who fails is down for that, and is judged anew once it is back.
        let endpoints = Set(measured.map(\.endpoint))
        slow = slow.filter { endpoints.contains($0.key) }
        guard measured.count >= OutlierPolicy.fewestMeasured else { return slow = [:] }
        measured.sort { ($0.latency, $0.endpoint) < ($1.latency, $1.endpoint) }
        // The lower of the two in the middle: among few, half of them slow must not be the measure.
        let median = measured[(measured.count - 1) / 2].latency
        let bar = policy.bar(above: median)
        let limit = policy.limit(of: ready)
        for (endpoint, latency) in measured.reversed() {
            if var known = slow[endpoint] {
                (known.latency, known.median) = (latency, median)
                slow[endpoint] = latency > bar || now < known.restsUntil ? known : nil
            }
        }
        for (endpoint, latency) in measured.reversed()
        where latency > bar && slow[endpoint] == nil && slow.count < limit {
            slow[endpoint] = Slow(latency: latency, median: median, restsUntil: now + policy.rest)
        }
    }

    /// Sets aside whom it can do without: the restless first, then the slowest.
    private mutating func choose(
        among healthy: [Backend],
        of ready: [Backend],
        _ service: VirtualService,
        at now: Moment
    ) {
        var spare = Spare(healthy, of: ready, service)
        var chosen: [Endpoint: Aside] = [:]
        let policy = service.damping
        var restless: [(backend: Backend, until: Moment)] = []
        for backend in healthy where held.contains(backend.endpoint) {
            guard let until = policy.flatMap({ flaps[backend.endpoint]?.heldUntil(at: now, $0) })
            else { continue }
            restless.append((backend, until))
        }
        // The most restless first.
        restless.sort { ($1.until, $0.backend.endpoint) < ($0.until, $1.backend.endpoint) }
        for (backend, until) in restless {
            if spare.take(backend) {
                chosen[backend.endpoint] = .restless(until: until)
                wake(at: until)
            } else {
                // It carries flows from now on, and is not taken away from them again.
                held.remove(backend.endpoint)
            }
        }
        // Where servers leave, fewer may be aside than were so far.
        var left = service.outliers?.limit(of: ready.count) ?? 0
        for backend in slowest(healthy) where left > 0 && chosen[backend.endpoint] == nil {
            guard let known = slow[backend.endpoint], spare.take(backend) else { continue }
            chosen[backend.endpoint] = .slow(known.latency, median: known.median)
            left -= 1
        }
        current = chosen
    }

    /// The slow ones, in the order in which they are set aside: nobody takes the place of another
    /// who has it, or flows would move whenever one becomes a little slower than the other.
    private func slowest(_ healthy: [Backend]) -> [Backend] {
        healthy.filter { slow[$0.endpoint] != nil }.map { backend in
            let isAside = if case .slow? = current[backend.endpoint] { true } else { false }
            return (backend, isAside, slow[backend.endpoint]?.latency ?? .zero)
        }
        .sorted { ($0.1 ? 1 : 0, $0.2) > ($1.1 ? 1 : 0, $1.2) }
        .map(\.0)
    }

    private mutating func wake(at moment: Moment) {
        nextReview = nextReview.map { min($0, moment) } ?? moment
    }
}

/// What a service can do without.
private struct Spare {
    private var floors: [(unit: Quorum.Unit, live: Int, needed: Int)] = []

    init(_ healthy: [Backend], of ready: [Backend], _ service: VirtualService) {
        for threshold in [service.quorum.up, service.minHealthy].compactMap({ $0 }) {
            let amount = { (backends: [Backend]) in
                backends.reduce(0) { $0 + threshold.unit.amount(of: $1.weight) }
            }
            // One server at least must be left of any service.
            let needed = max(1, threshold.least(ofConfigured: amount(ready)))
            floors.append((threshold.unit, amount(healthy), needed))
        }
    }

    /// Takes `backend` away where enough is left.
    mutating func take(_ backend: Backend) -> Bool {
        let isEnough = floors.allSatisfy { floor in
            floor.live - floor.unit.amount(of: backend.weight) >= floor.needed
        }
        guard isEnough else { return false }
        for index in floors.indices {
            floors[index].live -= floors[index].unit.amount(of: backend.weight)
        }
        return true
    }
}
