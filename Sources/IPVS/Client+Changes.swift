public import Net
import Netlink

extension Client {
    /// Carries out changes in their order, many at a time, and says what became of each.
    ///
    /// One that fails does not stop the next. Neighbours about the same destination are never
    /// separated, and when one of them is refused here none of them is sent.
    ///
    /// - Returns: For each operation, `nil` when it was carried out, or why not.
    /// - Throws: When an exchange failed before anything was answered for, such as
    ///   `IPVSError.absent`; a later exchange that fails is told of in the results, with
    ///   `IPVSError.uncertain` for its operations and for those after it, which are not sent.
    public func apply(_ operations: [Operation]) async throws(IPVSError) -> [IPVSError?] {
        var results: [IPVSError?] = Array(repeating: nil, count: operations.count)
        var isFirst = true
        for batch in Batch.plan(operations, results: &results) {
            let sent = batch.map { operations[$0] }
            do throws(NetlinkError) {
                for (index, errno) in zip(batch, try await send(sent)) {
                    results[index] = errno.map { meaning(of: $0, for: operations[index]) }
                }
            } catch {
                guard !isFirst else {
                    throw meaning(of: error, for: sent[0])
                }
                for index in batch[0]..<operations.count where results[index] == nil {
                    results[index] = meaning(of: error, for: operations[index])
                }
                return results
            }
            isFirst = false
        }
        return results
    }

    /// Carries out one change.
    public func apply(_ operation: Operation) async throws(IPVSError) {
        if let refusal = operation.refusal {
            throw .refusedBeforeSending(.change(operation), refusal)
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
}
