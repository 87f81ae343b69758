package import Core
import IPVS
import Net

/// The kernel's table of services and destinations as a plane.
package actor IPVSPlane: TablePlane {
    /// How often what is in doubt is read again before the look counts as failed.
    static let readings = 4

    private let client: IPVS.Client
    private let listings: IPVS.ListingSource
    /// What the table held when it was last read, as far as it was written since.
    private var census: Census?
    /// What the kernel printed last, and what that says.
    private var glance: (printout: Printout, listing: TableListing)?

    /// The plane of the network namespace of this process.
    package init() { self.init(.live(), listings: .live()) }

    init(_ client: IPVS.Client, listings: IPVS.ListingSource) {
        self.client = client
        self.listings = listings
    }

    package func observe() async throws(Fault) -> IPVSFacts {
        do {
            var table = try await client.table()
            try await confirm(&table)
            census = Census(of: table)
            return IPVSFacts(table)
        } catch {
            throw Fault(error)
        }
    }

    package func apply(_ changes: [Change]) async -> [Result<Void, Fault>] {
        let script = TableScript(changes)
        do {
            let outcomes = try await client.apply(script.operations)
            for (operation, error) in zip(script.operations, outcomes) {
                census?.record(operation, failed: error != nil)
            }
            return script.results(of: outcomes)
        } catch {
            // What became of them is unknown; what the services of others hold is not.
            for operation in script.operations { census?.record(operation, failed: true) }
            return changes.map { _ in .failure(Fault(error)) }
        }
    }

    package func list() async throws(Fault) -> TableListing {
        do {
            let text = try await listings.printout()
            let printout = Printout(text)
            // Mostly nobody did anything since: what a hundred thousand lines say is known.
            if let glance, glance.printout == printout { return glance.listing }
            let listing = TableListing(try ListingSource.listing(of: text))
            glance = (printout, listing)
            return listing
        } catch {
            throw Fault(error)
        }
    }

    /// IPVS sends no notices (its generic netlink family has no multicast groups).
    package func watch(reporting report: @escaping @Sendable () -> Void) async {}

    /// Reads again what is not there, or newly there, although nobody of us did that.
    ///
    /// A list is no snapshot: the kernel finds its place again by counting, so what is added or
    /// removed while it is read makes it leave out or repeat others, and it does not say so. What
    /// two readings in a row agree on is so.
    private func confirm(_ table: inout IPVS.Table) async throws(IPVSError) {
        guard let census else { return }
        var known = table.entries.indices.reduce(into: [:]) { places, index in
            places[table.entries[index].service.service.identity] = index
        }
        var gone: Set<Int> = []
        for identity in census.suspects(in: table) {
            let first = known[identity].map { table.entries[$0] }
            let entry = try await settled(identity, after: first)
            switch (known[identity], entry) {
            case (let index?, let entry?): table.entries[index] = entry
            case (let index?, nil): gone.insert(index)
            case (nil, let entry?):
                known[identity] = table.entries.count
                table.entries.append(entry)
            case (nil, nil): continue
            }
        }
        guard !gone.isEmpty else { return }
        table.entries = table.entries.indices.filter { !gone.contains($0) }
            .map { table.entries[$0] }
    }

    /// A service as two readings in a row show it, of which `first` is one; `nil` for none.
    private func settled(
        _ identity: IPVS.ServiceIdentity,
        after first: IPVS.Table.Entry?
    ) async throws(IPVSError) -> IPVS.Table.Entry? {
        var before = first
        for _ in 0..<Self.readings {
            let entry = try await read(identity)
            if entry.map(Census.Roll.init) == before.map(Census.Roll.init) { return entry }
            before = entry
        }
        throw .restless(.destinations(of: identity))
    }

    private func read(
        _ identity: IPVS.ServiceIdentity
    ) async throws(IPVSError) -> IPVS.Table.Entry? {
        do throws(IPVSError) {
            let service = try await client.service(identity)
            return IPVS.Table.Entry(service, try await client.destinations(of: identity))
        } catch {
            guard case .serviceMissing = error else { throw error }
            return nil
        }
    }
}
