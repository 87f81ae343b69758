/// The operations that carry out a file of rules, each with the line it comes from.
///
/// A service with Maglev hashing that is new in the file is added without its scheduler, which is
/// set after the last of its real servers: the kernel builds the table of `mh` anew for every
/// server that is added, and so builds it once. What the kernel holds in the end is what the
/// lines, carried out one by one, would leave there.
package struct RulePlan: Hashable, Sendable {
    /// From how many real servers on the table is built once: for fewer there is nothing to gain.
    private static let worthwhile = 2

    /// What is to be sent, each with the line it comes from.
    ///
    /// Where nothing is put off these are the rules of the file themselves, not copied: they are
    /// most of the memory of a restore.
    package private(set) var rules: [Rule] = []

    /// A plan of nothing.
    init() {}

    /// The plan for `rules`.
    ///
    /// - Parameters:
    ///   - rules: A whole file, in its order.
    ///   - present: The services the kernel has already; adding one of those must fail, and not
    ///     end with its scheduler set.
    package init(_ rules: [Rule], present: Set<ServiceIdentity>) {
        let schedulers = Self.deferred(rules, present: present)
        guard !schedulers.isEmpty else {
            self.rules = rules
            return
        }
        self.rules.reserveCapacity(rules.count + schedulers.count)
        let bare = Set(schedulers.values.map(\.start))
        for (index, rule) in rules.enumerated() {
            if bare.contains(index), case .newService(var service) = rule.operation {
                service.scheduler = .none
                add(.newService(service), line: rule.line)
            } else {
                add(rule.operation, line: rule.line)
            }
            if let build = schedulers[index] {
                add(.updateService(build.service), line: rules[build.start].line)
            }
        }
    }

    /// Whether the services that are there already make a difference to the plan.
    package static func needsPresent(_ rules: [Rule]) -> Bool {
        rules.contains { rule in
            if case .newService(let service) = rule.operation {
                service.scheduler == .maglev
            } else {
                false
            }
        }
    }

    /// Adds an operation at the end.
    mutating func add(_ operation: Operation, line: Int) {
        rules.append(Rule(operation, line: line))
    }

    /// A service whose scheduler is set late.
    private struct Build {
        /// The rule that adds it.
        let start: Int
        /// What it is in the end.
        let service: Service
        /// The rule that adds the last of its real servers.
        var last: Int
        /// How many those are.
        var count = 0
    }

    /// The services whose scheduler is set late, by the rule after which that is.
    private static func deferred(
        _ rules: [Rule],
        present: Set<ServiceIdentity>
    ) -> [Int: Build] {
        guard needsPresent(rules) else { return [:] }
        var known = present
        var open: [ServiceIdentity: Build] = [:]
        var closed: [Int: Build] = [:]
        func close(_ build: Build?) {
            guard let build, build.count >= worthwhile else { return }
            closed[build.last] = build
        }
        for (index, rule) in rules.enumerated() {
            switch rule.operation {
            case .newService(let service):
                close(open.removeValue(forKey: service.identity))
                guard known.insert(service.identity).inserted, service.scheduler == .maglev else {
                    continue
                }
                open[service.identity] = Build(start: index, service: service, last: index)
            case .newDestination(_, let identity):
                open[identity]?.last = index
                open[identity]?.count += 1
            case .deleteService(let identity):
                close(open.removeValue(forKey: identity))
                known.remove(identity)
            case .flush:
                open.values.forEach(close)
                open = [:]
                known = []
            case .updateService, .updateDestination, .deleteDestination, .zero, .setTimeouts,
                .startDaemon, .stopDaemon:
                if let identity = rule.operation.service {
                    close(open.removeValue(forKey: identity))
                }
            }
        }
        open.values.forEach(close)
        return closed
    }

    /// The rules in pieces that are about as long as `length`, for whoever wants to say how
    /// far it has come: a piece ends where the service changes, so that nothing that belongs
    /// together is torn apart.
    package func pieces(of length: Int) -> [Range<Int>] {
        var pieces: [Range<Int>] = []
        var start = 0
        for index in rules.indices.dropFirst() where index - start >= length {
            let before = rules[index - 1].operation.service
            guard rules[index].operation.service != before else { continue }
            pieces.append(start..<index)
            start = index
        }
        return start < rules.count ? pieces + [start..<rules.count] : pieces
    }

    /// What takes back the services of which the kernel took everything but the scheduler: added
    /// line by line they would not be there either.
    ///
    /// - Parameter results: For each operation what `Client.apply` answered.
    /// - Returns: The removals, which are none unless a module is missing.
    package func cleanup(after results: [IPVSError?]) -> [Operation] {
        guard results.contains(where: { $0 != nil }) else { return [] }
        var added: Set<ServiceIdentity> = []
        var operations: [Operation] = []
        for (rule, result) in zip(rules, results) {
            switch (rule.operation, result) {
            case (.newService(let service), nil) where service.scheduler == .none:
                added.insert(service.identity)
            case (.updateService(let service), .noScheduler):
                if added.remove(service.identity) != nil {
                    operations.append(.deleteService(service.identity))
                }
            default: continue
            }
        }
        return operations
    }
}
