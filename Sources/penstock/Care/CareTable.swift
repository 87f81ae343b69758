package import Core
package import IPVS
internal import Net

/// The kernel's side of `penstock care`: looks at one service, and carries out what is decided.
package struct CareTable: Sendable {
    private let client: Client

    /// The table that `client` asks.
    package init(_ client: Client) { self.client = client }

    /// The service with its destinations; `nil` when there is none.
    package func look(_ identity: ServiceIdentity) async throws(IPVSError) -> IPVS.Table.Entry? {
        do throws(IPVSError) {
            let observed = try await client.service(identity)
            return IPVS.Table.Entry(observed, try await client.destinations(of: identity))
        } catch {
            guard case .serviceMissing = error else { throw error }
            return nil
        }
    }

    /// Brings the table to where the caretaker wants it now.
    ///
    /// A server whose connections have ended is set to 0 first, and only looked at again is it
    /// taken out; so two passes may be needed, and no more.
    ///
    /// - Returns: What was done, each with the reason where it was refused.
    package func settle(
        _ caretaker: Caretaker,
        now: Moment
    ) async throws(IPVSError) -> [(step: Caretaker.Step, failure: IPVSError?)] {
        var done: [(step: Caretaker.Step, failure: IPVSError?)] = []
        for _ in 0..<2 {
            let held = try await look(caretaker.service.identity)
            let steps = caretaker.steps(held: held, now: now)
            guard !steps.isEmpty else { break }
            done += try await carryOut(steps)
            if done.contains(where: { $0.failure != nil }) { break }
        }
        return done
    }

    /// Takes away what the caretaker was given.
    package func clean(
        _ caretaker: Caretaker
    ) async throws(IPVSError) -> [(step: Caretaker.Step, failure: IPVSError?)] {
        let held = try await look(caretaker.service.identity)
        return try await carryOut(caretaker.cleaning(held: held))
    }

    private func carryOut(
        _ steps: [Caretaker.Step]
    ) async throws(IPVSError) -> [(step: Caretaker.Step, failure: IPVSError?)] {
        guard !steps.isEmpty else { return [] }
        let results = try await client.apply(steps.map(\.operation))
        return zip(steps, results).map { (step: $0, failure: $1) }
    }
}
