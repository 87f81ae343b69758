import Net

/// What a look at the table found to be other than it was left, for people.
struct Drift {
    /// The most lines told of one look: somebody may have emptied a table of thousands.
    static let mostLines = 16

    /// Whether there was anything at all.
    var isAny = false
    /// What was found, with the address it is about.
    private(set) var lines: [(address: IPAddress, text: String)] = []
    /// How much more was found.
    private(set) var more = 0

    /// Notes how the services at `address` differ from what was believed of them.
    mutating func note(
        from before: [ServiceID: ServiceSlice],
        to after: [ServiceID: ServiceSlice],
        at address: IPAddress
    ) {
        for id in Set(before.keys).union(after.keys).sorted() {
            let key = ServiceKey(address, id)
            switch (before[id], after[id]) {
            case (nil, nil): continue
            case (let before?, nil):
                add(address, "\(key) is gone, with \(before.destinations.count) destinations")
            case (nil, let after?):
                add(address, "\(key) was added, with \(after.destinations.count) destinations")
            case (let before?, let after?): note(from: before, to: after, of: key)
            }
        }
    }

    private mutating func note(
        from before: ServiceSlice,
        to after: ServiceSlice,
        of key: ServiceKey
    ) {
        if before.scheduling != after.scheduling {
            let old = before.scheduling.map { "\($0)" } ?? "something of others"
            let new = after.scheduling.map { "\($0)" } ?? "something of others"
            add(key.address, "\(key): scheduling \(old) -> \(new)")
        }
        guard before.destinations != after.destinations else { return }
        let count = lines.count + more
        for (endpoint, old) in before.destinations {
            guard let new = after.destinations[endpoint] else {
                add(key.address, "\(key): \(endpoint) is gone")
                continue
            }
            if old.weight != new.weight {
                add(key.address, "\(key): \(endpoint) weight \(old.weight) -> \(new.weight)")
            }
            if old.forwarding != new.forwarding {
                let (old, new) = (old.forwarding?.rawValue, new.forwarding?.rawValue)
                let text = "forwarding \(old ?? "other") -> \(new ?? "other")"
                add(key.address, "\(key): \(endpoint) \(text)")
            }
        }
        for (endpoint, new) in after.destinations where before.destinations[endpoint] == nil {
            add(key.address, "\(key): \(endpoint) was added, with weight \(new.weight)")
        }
        if lines.count + more == count { add(key.address, "\(key): the order was changed") }
    }

    private mutating func add(_ address: IPAddress, _ text: String) {
        if lines.count < Self.mostLines {
            lines.append((address, text))
        } else {
            more += 1
        }
    }
}

extension Director {
    /// Tells what a look found that nobody of us had done.
    mutating func tell(_ drift: Drift) {
        for (address, text) in drift.lines {
            noteDrift(of: address, .ipvs, "someone changed \(text)")
        }
        guard drift.more > 0 else { return }
        record(.drift, level: .warning, "IPVS: someone changed \(drift.more) things more")
    }
}

extension IPVSFacts {
    /// The services that are not ours: those with an address, and those with a mark.
    func foreign(
        _ isForeign: (ServiceKey) -> Bool,
        marked isMarkForeign: (MarkKey) -> Bool
    ) -> [ForeignService] {
        let named = services.filter { isForeign($0.key) }.sorted { $0.key < $1.key }
        let marked = markServices.filter { isMarkForeign($0.key) }.sorted { $0.key < $1.key }
        return named.map { ForeignService("\($0.key)", $0.value) }
            + marked.map { ForeignService("\($0.key)", $0.value) }
    }
}

extension ForeignService {
    init(_ name: String, _ service: ObservedService) {
        self.init(
            name: name,
            scheduler: service.scheduler,
            destinations: service.slice.destinations.count
        )
    }
}
