import Core

/// One speaker of a BGP plane, as a plane of its own.
struct OneSpeaker: Plane {
    /// The plane with the speaker among others.
    let plane: any Plane<RoutingFacts>
    /// Which one.
    let name: Name

    func observe() async throws(Fault) -> BGPFacts {
        switch try await plane.observe().speakers[name] {
        case .success(let facts)?: return facts
        case .failure(let fault)?: throw fault
        case nil: preconditionFailure("a plane answers for every speaker, and not for \(name)")
        }
    }

    func apply(_ changes: [Change]) async -> [Result<Void, Fault>] { await plane.apply(changes) }

    func watch(reporting report: @escaping @Sendable () -> Void) async {
        await plane.watch(reporting: report)
    }
}
