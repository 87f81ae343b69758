package import Core

/// What two directors would do differently with the same flows, service by service.
///
/// It is worked out from two status documents alone, so either may come from a file. Its keys, as
/// they are spelt here, are what `penstock diff --json` prints.
package struct Comparison: Codable, Equatable, Sendable {
    /// One of the directors.
    package struct Side: Codable, Equatable, Sendable {
        /// Its name.
        package var name: String
        /// Where the document came from: a socket, an address or a file.
        package var source: String
        /// When its picture was taken.
        package var takenAt: Timestamp

        /// The side of the document `snapshot` from `source`.
        init(_ snapshot: Snapshot, from source: String) {
            name = snapshot.node.name
            self.source = source
            takenAt = snapshot.takenAt
        }
    }

    /// The director that is asked about.
    package var here: Side
    /// The one it is held against.
    package var there: Side
    /// Every service that one of them has, in the order of addresses and ports.
    package var services: [ServiceComparison]
    /// What makes the comparison less than it should be.
    package var notes: [String]

    /// Holds `here` against `there`.
    package init(
        _ here: Snapshot,
        from source: String,
        against there: Snapshot,
        from otherSource: String
    ) {
        self.here = Side(here, from: source)
        self.there = Side(there, from: otherSource)
        let (mine, theirs) = (Self.services(of: here), Self.services(of: there))
        services = Set(mine.keys).union(theirs.keys).sorted().map { key in
            ServiceComparison(key, here: mine[key], there: theirs[key])
        }
        notes = [here, there].compactMap { snapshot in
            guard snapshot.ipvs.visibility.state != "seen" else { return nil }
            return "\(snapshot.node.name) cannot see its table now; what it saw last is compared"
        }
    }

    /// Whether anything differs.
    package var differs: Bool { services.contains(where: \.differs) }

    private static func services(of snapshot: Snapshot) -> [ServicePlace: NamedService] {
        snapshot.vips.reduce(into: [:]) { services, vip in
            for service in vip.services {
                let place = ServicePlace(address: vip.address, listen: service.listen)
                services[place] = NamedService(vip: vip.name, service: service)
            }
        }
    }
}

/// What tells services apart whatever they are called: two directors may use other names.
struct ServicePlace: Hashable, Comparable {
    let address: String
    let listen: String

    static func < (left: Self, right: Self) -> Bool {
        (left.address, left.listen) < (right.address, right.listen)
    }
}

/// A service with the name of its VIP.
struct NamedService {
    let vip: String
    let service: ServiceStatus
}
