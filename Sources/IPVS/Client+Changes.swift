public import Net
import Netlink

extension Client {
    /// Carries out a transaction: its operations in their order, many at a time.
    ///
    /// - Returns: What became of each operation.
    /// - Throws: When an exchange failed before anything was answered for, such as
    ///   `IPVSError.absent`; a later exchange that fails is told of in the results, with
    ///   `IPVSError.uncertain` for its operations and for those after it, which are not sent.
    public func perform(
        _ transaction: Transaction
    ) async throws(IPVSError) -> Transaction.Outcome {
        let operations = transaction.operations
        let refusals = transaction.refusals
        var results = zip(operations, refusals).map { operation, refusal in
            refusal.map { IPVSError.refusedBeforeSending(.change(operation), $0) }
        }
        let batches = Batch.plan(operations, refusals: refusals)
        var written: BatchMessages?
        for (number, batch) in batches.enumerated() {
            do throws(NetlinkError) {
                let family = try await knownFamily()
                // One that was written for an id the family had before is written anew.
                let messages =
                    written.flatMap { $0.family == family ? $0 : nil }
                    ?? BatchMessages(batch.map { operations[$0] }, family: family)
                async let answers = Self.answers(to: messages, over: exchange)
                // Written while the kernel works on the one before it.
                written = batches.dropFirst(number + 1).first.map { next in
                    BatchMessages(next.map { operations[$0] }, family: family)
                }
                for (index, errno) in zip(batch, try await settled(answers, to: messages)) {
                    results[index] = errno.map { meaning(of: $0, for: operations[index]) }
                }
            } catch {
                guard number > 0 else { throw meaning(of: error, for: operations[batch[0]]) }
                for index in batch[0]..<operations.count where results[index] == nil {
                    results[index] = meaning(of: error, for: operations[index])
                }
                break
            }
        }
        return Transaction.Outcome(results)
    }

    /// Carries out operations as a transaction, and says what became of each.
    package func apply(_ operations: [Operation]) async throws(IPVSError) -> [IPVSError?] {
        try await perform(Transaction(operations)).results
    }

    /// Carries out one change.
    public func apply(_ operation: Operation) async throws(IPVSError) {
        if let refusal = operation.refusal {
            throw .refusedBeforeSending(.change(operation), refusal)
        }
        guard !operation.mayGoUnanswered else {
            return try await perform([operation]).check()
        }
        _ = try await ask(.change(operation))
    }

    /// Adds a service that is not there.
    public func newService(_ service: Service) async throws(IPVSError) {
        try await apply(.newService(service))
    }

    /// Replaces the whole configuration of a service; its destinations stay.
    public func updateService(_ service: Service) async throws(IPVSError) {
        try await apply(.updateService(service))
    }

    /// Removes a service with its destinations.
    public func deleteService(_ identity: ServiceIdentity) async throws(IPVSError) {
        try await apply(.deleteService(identity))
    }

    /// Adds a destination, in front of those that are there.
    public func newDestination(
        _ destination: Destination,
        of identity: ServiceIdentity
    ) async throws(IPVSError) {
        try await apply(.newDestination(destination, of: identity))
    }

    /// Replaces the whole configuration of a destination.
    public func updateDestination(
        _ destination: Destination,
        of identity: ServiceIdentity
    ) async throws(IPVSError) {
        try await apply(.updateDestination(destination, of: identity))
    }

    /// Removes a destination.
    public func deleteDestination(
        _ endpoint: Endpoint,
        of identity: ServiceIdentity
    ) async throws(IPVSError) {
        try await apply(.deleteDestination(endpoint, of: identity))
    }

    /// Sets the counters of a service and its destinations to zero, or all of them.
    public func zero(_ identity: ServiceIdentity? = nil) async throws(IPVSError) {
        try await apply(.zero(identity))
    }

    /// Sets how long connections are kept.
    public func setTimeouts(_ timeouts: Timeouts) async throws(IPVSError) {
        try await apply(.setTimeouts(timeouts))
    }

    /// Removes every service of this network namespace, whoever added it.
    public func flush() async throws(IPVSError) {
        try await apply(.flush)
    }

    /// Starts a sync daemon; there may be one of each role in a network namespace.
    public func startDaemon(_ daemon: SyncDaemon) async throws(IPVSError) {
        try await apply(.startDaemon(daemon))
    }

    /// Stops the sync daemon of a role.
    public func stopDaemon(_ role: SyncDaemon.Role) async throws(IPVSError) {
        try await apply(.stopDaemon(role))
    }
}
