package import Net

/// The three parts of the world a director works on.
package enum PlaneName: String, Hashable, Comparable, Sendable, CaseIterable {
    /// Our link: addresses and kernel settings.
    case link
    /// The kernel's table of services and destinations.
    case ipvs
    /// The routing daemon.
    case bgp

    package static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
}

/// Who has one assignment at a time: a plane, or each speaker of that of the routing daemons.
///
/// A routing daemon that hangs keeps nobody from what is to be done at another.
package enum Post: Hashable, Comparable, Sendable {
    /// Our link.
    case link
    /// The kernel's table.
    case ipvs
    /// The speaker of this name.
    case speaker(Name)

    /// The plane that it is or belongs to.
    package var plane: PlaneName {
        switch self {
        case .link: .link
        case .ipvs: .ipvs
        case .speaker: .bgp
        }
    }
}

/// A part of the world that can be looked at and changed.
///
/// A plane knows no policy: it reports what is there and carries out what it is told. It is used
/// by one caller at a time, and every call ends within a deadline of the plane's own.
package protocol Plane<Facts>: Sendable {
    /// What one look gives.
    associatedtype Facts: Sendable

    /// Looks at the whole plane.
    ///
    /// - Throws: why it cannot be seen; a failed look is never an empty one.
    func observe() async throws(Fault) -> Facts

    /// Carries out `changes` and answers for each, in their order, whether it was acknowledged.
    ///
    /// A step whose effect is there already counts as acknowledged. The changes of one service
    /// are carried out in their order.
    func apply(_ changes: [Change]) async -> [Result<Void, Fault>]

    /// Reports whenever something may have changed, until the task is cancelled.
    ///
    /// A report only means that a look is worth while; a plane whose world sends no notice returns
    /// at once, and is looked at by the clock alone.
    func watch(reporting report: @escaping @Sendable () -> Void) async
}

/// The plane of the routing daemons, each of which is a post of its own.
///
/// It is used by one caller at a time for each of them.
package protocol RoutingPlane: Plane where Facts == RoutingFacts {
    /// Looks at one speaker, whatever the others do.
    ///
    /// - Throws: why it cannot be seen; a failed look is never an empty one.
    func observe(_ speaker: Name) async throws(Fault) -> BGPFacts

    /// Asks the speaker for a sign of life, beside whatever else is under way there.
    ///
    /// - Throws: what came instead, within a deadline of the plane's own.
    func ping(_ speaker: Name) async throws(Fault)

    /// Has the next look read everything, whatever a glance shows.
    func forget() async

    /// Follows the VIP at `address` through the speaker called `name`, from the kernel to each
    /// peer, for people.
    ///
    /// It is read beside the looks of the loop and changes nothing. It ends within the deadlines
    /// of single questions; what could not be asked says so.
    func evidence(of address: IPAddress, by name: Name) async -> [PathEvidence]
}
