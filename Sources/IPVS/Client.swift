import Net
package import Netlink

/// Speaks with the IPVS of the network namespace in which the exchange was opened.
///
/// Every request, even to read, needs `CAP_NET_ADMIN` in the initial user namespace.
public actor Client {
    let exchange: any Exchange
    private let evidence: Evidence
    private var family: UInt16?

    /// A client over `exchange`.
    ///
    /// - Parameters:
    ///   - exchange: The socket, or what stands in its place.
    ///   - privilege: What this process may do, asked when the kernel says that something is not
    ///     permitted.
    ///   - modules: Which modules are loaded, asked when the kernel says that one of two is not.
    package init(
        over exchange: any Exchange,
        privilege: @escaping @Sendable () -> Privilege = { .current() },
        modules: @escaping @Sendable () -> LoadedModules = { .current() }
    ) {
        self.exchange = exchange
        evidence = Evidence(privilege: privilege, modules: modules)
    }

    /// All services with their statistics, in an order that means nothing.
    ///
    /// Services of protocols other than TCP, UDP and SCTP are left out: the kernel takes them
    /// from anybody and has no use for them.
    public func services() async throws(IPVSError) -> [ObservedService] {
        try await list(.services) { reply -> (ServiceIdentity, ObservedService)? in
            guard case .service(let observed) = reply else { return nil }
            return (observed.service.identity, observed)
        }
    }

    /// The destinations of a service with their statistics, last added first.
    ///
    /// - Throws: `IPVSError.serviceMissing` when there is no such service; the kernel itself
    ///   answers with an empty list then.
    public func destinations(
        of identity: ServiceIdentity
    ) async throws(IPVSError) -> [ObservedDestination] {
        let found = try await list(.destinations(of: identity), Self.destination)
        guard found.isEmpty, try await !isServicePresent(identity) else { return found }
        throw .serviceMissing(.destinations(of: identity), identity)
    }

    /// One service with its statistics.
    ///
    /// - Throws: `IPVSError.serviceMissing` when there is no such service.
    public func service(
        _ identity: ServiceIdentity
    ) async throws(IPVSError) -> ObservedService {
        try await one(.service(identity)) { reply in
            guard case .service(let observed) = reply, observed.service.identity == identity else {
                return nil
            }
            return observed
        }
    }

    /// Whether there is such a service.
    public func isServicePresent(_ identity: ServiceIdentity) async throws(IPVSError) -> Bool {
        do throws(IPVSError) {
            _ = try await service(identity)
            return true
        } catch {
            guard case .serviceMissing = error else { throw error }
            return false
        }
    }

    /// Version and size of the connection table.
    public func info() async throws(IPVSError) -> Info {
        try await one(.info) { reply in
            guard case .info(let info) = reply else { return nil }
            return info
        }
    }

    /// How long connections are kept.
    public func timeouts() async throws(IPVSError) -> Timeouts {
        try await one(.timeouts) { reply in
            guard case .timeouts(let timeouts) = reply else { return nil }
            return timeouts
        }
    }

    /// The sync daemons that run: none, one, or one of each role.
    public func daemons() async throws(IPVSError) -> [SyncDaemon] {
        try await list(.daemons) { reply -> (SyncDaemon.Role, SyncDaemon)? in
            guard case .daemon(let daemon) = reply else { return nil }
            return (daemon.role, daemon)
        }
    }

    /// All services, each with its destinations: one list, and one more for each service.
    ///
    /// A service that vanishes while this runs is left out.
    public func table() async throws(IPVSError) -> Table {
        var table = Table()
        var rest = try await services()[...]
        var part = Array(rest.prefix(IPVSLimits.listsAtOnce))
        var answers = try await Self.answers(to: part, familyForLists(), over: exchange)
        while !part.isEmpty {
            rest = rest.dropFirst(part.count)
            let next = Array(rest.prefix(IPVSLimits.listsAtOnce))
            let family = try await familyForLists()
            // Asked for while this part is read: the kernel takes about as long for its lists as
            // we do. After a part with which something went wrong, one thing at a time.
            let isSound = answers != nil
            async let following =
                isSound ? Self.answers(to: next, family, over: exchange) : nil
            table.entries += try await entries(of: part, in: answers)
            answers = await following
            part = next
            // Who else waits for this client gets it between two parts.
            await Task.yield()
        }
        return table
    }

    /// The id of the family, for a list.
    private func familyForLists() async throws(IPVSError) -> UInt16 {
        do throws(NetlinkError) {
            return try await knownFamily()
        } catch {
            throw IPVSError(error, for: .services, evidence: evidence)
        }
    }

    /// Asks for the destinations of several services, one after the other; `nil` when something
    /// went wrong with one.
    private static func answers(
        to services: [ObservedService],
        _ family: UInt16,
        over exchange: any Exchange
    ) async -> [[Message]]? {
        guard !services.isEmpty else { return [] }
        do throws(NetlinkError) {
            return try await exchange.requests(
                services.map {
                    Request.destinations(of: $0.service.identity).message(family: family)
                }
            )
        } catch {
            return nil
        }
    }

    /// The services with their destinations, but for those that vanished.
    private func entries(
        of services: [ObservedService],
        in answers: [[Message]]?
    ) async throws(IPVSError) -> [Table.Entry] {
        var entries: [Table.Entry] = []
        for (index, service) in services.enumerated() {
            let identity = service.service.identity
            let request = Request.destinations(of: identity)
            // What goes wrong with one of many is found out by asking for each by itself.
            let messages = if let answers { answers[index] } else { try await ask(request) }
            var found = try elements(in: messages, of: request, Self.destination)
            // Twice in a list: it was changed meanwhile. None: it may have no service any more.
            if found?.isEmpty == true, try await !isServicePresent(identity) { continue }
            if found == nil { found = try await settledDestinations(of: identity) }
            guard let found else { continue }
            entries.append(Table.Entry(service, found))
        }
        return entries
    }

    /// The destinations, read again by themselves; `nil` when there is no such service.
    private func settledDestinations(
        of identity: ServiceIdentity
    ) async throws(IPVSError) -> [ObservedDestination]? {
        do throws(IPVSError) {
            return try await destinations(of: identity)
        } catch {
            guard case .serviceMissing = error else { throw error }
            return nil
        }
    }

    private static func destination(_ reply: Reply) -> (Endpoint, ObservedDestination)? {
        guard case .destination(let observed) = reply else { return nil }
        return (observed.destination.endpoint, observed)
    }
}

// MARK: - Exchanges

extension Client {
    /// Sends a request whose answer is not a list, and reads the answer.
    private func one<Value>(
        _ request: Request,
        _ read: (Reply) -> Value?
    ) async throws(IPVSError) -> Value {
        let replies = try await ask(request)
        guard replies.count == 1, let reply = replies.first else {
            throw .unreadable(request, reason: "\(replies.count) answers came instead of one")
        }
        guard let value = try decode(reply, to: request).flatMap(read) else {
            throw .unreadable(request, reason: "the answer is about something else")
        }
        return value
    }

    /// Reads a list, again when something is in it twice: it was changed meanwhile.
    private func list<Key: Hashable, Element>(
        _ request: Request,
        _ read: (Reply) -> (Key, Element)?
    ) async throws(IPVSError) -> [Element] {
        for _ in 0..<IPVSLimits.readings {
            let messages = try await ask(request)
            if let elements = try elements(in: messages, of: request, read) { return elements }
        }
        throw .restless(request)
    }

    /// What a list holds; `nil` when something is in it twice.
    private func elements<Key: Hashable, Element>(
        in messages: [Message],
        of request: Request,
        _ read: (Reply) -> (Key, Element)?
    ) throws(IPVSError) -> [Element]? {
        var keys: Set<Key> = []
        keys.reserveCapacity(messages.count)
        var elements: [Element] = []
        elements.reserveCapacity(messages.count)
        for message in messages {
            guard let reply = try decode(message, to: request) else { continue }
            guard let found = read(reply) else {
                throw .unreadable(request, reason: "the list holds something else")
            }
            keys.insert(found.0)
            elements.append(found.1)
        }
        return keys.count == elements.count ? elements : nil
    }

    private func decode(_ message: Message, to request: Request) throws(IPVSError) -> Reply? {
        do throws(NetlinkError) {
            return try Reply(decoding: message, service: request.service?.family ?? .v4)
        } catch {
            guard case .malformed(let reason) = error else {
                throw .uncertain(request, error)
            }
            throw .unreadable(request, reason: reason)
        }
    }

    /// Sends one request, and once more when the family has got another id meanwhile.
    func ask(_ request: Request) async throws(IPVSError) -> [Message] {
        do throws(NetlinkError) {
            let family = try await knownFamily()
            do throws(NetlinkError) {
                return try await exchange.request(request.message(family: family))
            } catch {
                guard case .refused(let errno, _) = error, Self.mayMeanReloaded(errno),
                    try await freshFamily() != family
                else { throw error }
                return try await exchange.request(request.message(family: knownFamily()))
            }
        } catch {
            throw IPVSError(error, for: request, evidence: evidence)
        }
    }

    /// What the kernel answered to each change of a batch in the end.
    ///
    /// Those to which it said that it does not know the family were not carried out, so they are
    /// sent again when it has got another id meanwhile.
    func settled(
        _ answers: Result<[Errno?], NetlinkError>,
        to batch: BatchMessages
    ) async throws(NetlinkError) -> [Errno?] {
        var results = try answers.get()
        let suspects = results.indices.filter { results[$0].map(Self.mayMeanReloaded) ?? false }
        guard !suspects.isEmpty else { return results }
        let fresh = try await freshFamily()
        guard fresh != batch.family else { return results }
        let rest = BatchMessages(suspects.map { batch.operations[$0] }, family: fresh)
        let again = try await Self.answers(to: rest, over: exchange).get()
        for (index, result) in zip(suspects, again) { results[index] = result }
        return results
    }

    /// Sends changes together and says for each what the kernel answered.
    static func answers(
        to batch: BatchMessages,
        over exchange: any Exchange
    ) async -> Result<[Errno?], NetlinkError> {
        do throws(NetlinkError) {
            let results = try await exchange.batch(batch.list)
            guard results.count == batch.list.count else {
                throw .malformed("\(results.count) results came for \(batch.list.count) requests")
            }
            return .success(Array(results.prefix(batch.operations.count)))
        } catch {
            return .failure(error)
        }
    }

    /// What `errno` means for an operation.
    func meaning(of errno: Errno, for operation: Operation) -> IPVSError {
        IPVSError(errno, to: .change(operation), evidence: evidence)
    }

    /// What a failed exchange means for an operation.
    func meaning(of error: NetlinkError, for operation: Operation) -> IPVSError {
        IPVSError(error, for: .change(operation), evidence: evidence)
    }

    /// What the kernel answers for an id that no family has, or another family than ours.
    private static func mayMeanReloaded(_ errno: Errno) -> Bool {
        errno == .noEntry || errno == .notSupported
    }

    func knownFamily() async throws(NetlinkError) -> UInt16 {
        if let family { return family }
        return try await freshFamily()
    }

    /// Looks the id up again; the module gets another one each time it is loaded.
    private func freshFamily() async throws(NetlinkError) -> UInt16 {
        family = nil
        let found = try await exchange.family(named: IPVSFamily.name)
        family = found
        return found
    }
}
