import Glibc
import IPVS
import Net

/// A tour of the IPVS library: lists the table, balances a service over two servers, changes a
/// weight, reads what was counted, and leaves everything as it was.
///
///     swift build --package-path examples/ipvs-tour
///     sudo examples/ipvs-tour/.build/debug/ipvs-tour
@main struct Tour {
    /// An address from the block for documentation (RFC 5737), so that nobody's packets go there.
    static let service = Service(
        .address(IPAddress(v4: 0xc000_02fe), .tcp, 8080),
        scheduler: .maglev,
        flags: [.fallback, .port]
    )

    static func main() async {
        // Speaks for the network namespace of this process; the socket is opened when needed.
        let client = Client.live()
        do {
            try await tour(client)
        } catch {
            // Every error says what was attempted, what the kernel said, and what to do next.
            print(error)
            exit(EXIT_FAILURE)
        }
    }

    static func tour(_ client: Client) async throws {
        let info = try await client.info()
        print("IPVS \(info.versionText), \(info.connectionTableSize) buckets for connections")
        show("before", try await client.table())

        // What somebody else added is not ours to change.
        guard try await !client.isServicePresent(service.identity) else {
            print("\(service.identity) is there already; nothing was changed")
            return
        }
        do {
            try await balance(client)
        } catch {
            try await cleanUp(client)
            throw error
        }
        try await cleanUp(client)
        show("after", try await client.table())
    }

    static func balance(_ client: Client) async throws {
        let servers = try ["192.0.2.11", "192.0.2.12"].map { text in
            Destination(
                Endpoint(try IPAddress(parsing: text), 8080),
                forwarding: .directRouting,
                weight: 10
            )
        }

        // One transaction: its operations are sent together, and the table of Maglev hashing is
        // built once at the end instead of once for each server.
        var transaction = Transaction()
        transaction.load(service, servers.map { Arrival($0, nominalWeight: $0.weight) })
        let outcome = try await client.perform(transaction)
        // It is not atomic, so each operation has a result; here all of them have to succeed.
        try outcome.check()
        show("balanced", try await client.table())

        // An update replaces the whole destination: change what was read, and send it back.
        var first = servers[0]
        first.weight = 3
        try await client.updateDestination(first, of: service.identity)
        show("first server at weight 3", try await client.table())

        // Counters are up to two seconds behind; connections are not.
        for seen in try await client.destinations(of: service.identity) {
            let total = seen.statistics.total
            print(
                "  \(seen.destination.endpoint): \(seen.connections.active) active, "
                    + "\(total.connections) connections and \(total.inBytes) bytes so far"
            )
        }

        // What is missing is told apart: here the service is there, and the server is not.
        let stranger = Endpoint(try IPAddress(parsing: "192.0.2.13"), 8080)
        do {
            try await client.deleteDestination(stranger, of: service.identity)
        } catch {
            guard case .destinationMissing(_, let endpoint, _) = error else { throw error }
            print("there is no \(endpoint) to remove, as expected")
        }
    }

    /// Removes the service and its destinations with it, if it got that far.
    static func cleanUp(_ client: Client) async throws {
        do {
            try await client.deleteService(service.identity)
        } catch {
            guard case .serviceMissing = error else { throw error }
            print("there was nothing to clean up")
        }
    }

    /// Prints a table in the layout that `ipvsadm -Ln` made familiar.
    static func show(_ title: String, _ table: Table) {
        print("\(title): \(table.entries.count) services")
        for entry in table.entries {
            let service = entry.service.service
            let flags = service.flags.names(scheduler: service.scheduler)
            print(
                (["  \(service.identity)", service.scheduler.name] + flags).joined(separator: " ")
            )
            for seen in entry.destinations {
                let place = seen.destination
                print("    -> \(place.endpoint) \(place.forwarding) weight \(place.weight)")
            }
        }
    }
}
