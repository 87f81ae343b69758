import Net

/// The table that a file of rules leaves behind when it starts with none.
package struct RuleTable: Sendable {
    /// A service and its real servers.
    package struct Entry: Hashable, Sendable {
        /// The service.
        package var service: Service
        /// The line it comes from.
        package var line: Int
        /// The real servers in the order they were added, each with its line.
        package var servers: [Server] = []
    }

    /// A real server.
    package struct Server: Hashable, Sendable {
        /// What it is.
        package var destination: Destination
        /// The line it comes from.
        package var line: Int
    }

    /// The services, in the order of the file.
    package private(set) var entries: [Entry] = []
    /// How long connections are kept, if the file says so, with its line.
    package private(set) var timeouts: (value: Timeouts, line: Int)?

    private var positions: [ServiceIdentity: Int] = [:]

    /// Carries out `rules` in their order on an empty table.
    ///
    /// - Throws: What is wrong with the rules as a whole, such as a real server of a service that
    ///   is not in the file.
    package init(_ rules: [Rule]) throws(RuleFile.Rejection) {
        var problems: [RuleProblem] = []
        for rule in rules {
            do throws(RuleProblem.Reason) {
                try carryOut(rule)
            } catch {
                problems.append(RuleProblem(.error, error, line: rule.line))
            }
        }
        guard problems.isEmpty else { throw RuleFile.Rejection(problems: problems) }
        entries = positions.values.sorted().map { entries[$0] }
        positions = [:]
        for (index, entry) in entries.enumerated() { positions[entry.service.identity] = index }
    }

    /// The entry of this service.
    package subscript(identity: ServiceIdentity) -> Entry? {
        positions[identity].map { entries[$0] }
    }

    private mutating func carryOut(_ rule: Rule) throws(RuleProblem.Reason) {
        switch rule.operation {
        case .newService(let service):
            guard positions[service.identity] == nil else {
                throw Self.wrong("\(service.identity) is in the file already")
            }
            positions[service.identity] = entries.count
            entries.append(Entry(service: service, line: rule.line))
        case .updateService(let service):
            let index = try index(of: service.identity)
            entries[index].service = service
            entries[index].line = rule.line
        case .deleteService(let identity):
            // The entry stays where it is, without a position, until all is read.
            _ = try index(of: identity)
            positions[identity] = nil
        case .newDestination(let destination, let identity):
            let index = try index(of: identity)
            guard server(destination.endpoint, in: index) == nil else {
                throw Self.wrong("\(identity) has \(destination.endpoint) already")
            }
            entries[index].servers.append(Server(destination: destination, line: rule.line))
        case .updateDestination(let destination, let identity):
            let (index, place) = try place(of: destination.endpoint, in: identity)
            entries[index].servers[place] = Server(destination: destination, line: rule.line)
        case .deleteDestination(let endpoint, let identity):
            let (index, place) = try place(of: endpoint, in: identity)
            entries[index].servers.remove(at: place)
        case .setTimeouts(let value): timeouts = (value, rule.line)
        case .flush:
            entries = []
            positions = [:]
        case .zero: throw Self.wrong("-Z changes no table, only what it has counted")
        case .startDaemon, .stopDaemon:
            throw Self.wrong("sync daemons are no part of a table of services")
        }
    }

    private func index(of identity: ServiceIdentity) throws(RuleProblem.Reason) -> Int {
        guard let index = positions[identity] else {
            throw Self.wrong("there is no service \(identity) above this line")
        }
        return index
    }

    private func server(_ endpoint: Endpoint, in index: Int) -> Int? {
        entries[index].servers.firstIndex { $0.destination.endpoint == endpoint }
    }

    private func place(
        of endpoint: Endpoint,
        in identity: ServiceIdentity
    ) throws(RuleProblem.Reason) -> (Int, Int) {
        let index = try index(of: identity)
        guard let place = server(endpoint, in: index) else {
            throw Self.wrong("\(identity) has no real server \(endpoint) above this line")
        }
        return (index, place)
    }

    private static func wrong(_ message: String) -> RuleProblem.Reason {
        RuleProblem.Reason(0..<1, message, help: "with --replace a file is the whole table")
    }
}
