package import Core
internal import IPVS
package import Net
internal import Synchronization

/// The digests of the lookup tables that were last shown, so that none is worked out twice.
///
/// A picture is taken for every request, and between two requests hardly any table changes; a
/// table takes some 0.1 ms, comparing one with what it was a hundredth of that.
package final class TableDigests: Sendable {
    private struct Key: Hashable {
        let address: String
        let listen: String
    }

    private let known = Mutex<[Key: TableStatus]>([:])

    /// A cache that knows nothing yet.
    package init() {}

    /// The snapshot with the digest of every `mh` service in it.
    package func complete(_ snapshot: Snapshot) -> Snapshot {
        let before = known.withLock { $0 }
        // What is not in this picture is forgotten with it.
        var after: [Key: TableStatus] = [:]
        var snapshot = snapshot
        for place in snapshot.vips.indices {
            let address = snapshot.vips[place].address
            for index in snapshot.vips[place].services.indices {
                let service = snapshot.vips[place].services[index]
                guard let table = service.table else { continue }
                let key = Key(address: address, listen: service.listen)
                let complete = Self.complete(table, at: address, knowing: before[key])
                snapshot.vips[place].services[index].table = complete
                after[key] = complete
            }
        }
        known.withLock { $0 = after }
        return snapshot
    }

    private static func complete(
        _ table: TableStatus,
        at address: String,
        knowing before: TableStatus?
    ) -> TableStatus {
        if let before, before.scheduler == table.scheduler, before.members == table.members {
            return before
        }
        var table = table
        table.digest = table.maglev(AddressFamily(ofText: address))?.digest
        return table
    }
}

extension AddressFamily {
    /// The family of an address that is known to be one.
    package init(ofText address: String) { self = address.contains(":") ? .v6 : .v4 }
}
