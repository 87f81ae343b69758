internal import ArgumentParser
internal import Core
internal import Foundation
internal import IPVS
internal import Net

/// What `penstock ipvs list` shows besides the usual.
enum ListChoice: EnumerableFlag {
    case stats, rate, thresholds, persistentConn, tunInfo, connections

    static func help(for value: Self) -> ArgumentHelp? {
        switch value {
        case .stats: "Show what was counted."
        case .rate: "Show the same per second; BPS is bytes."
        case .thresholds: "Show thresholds of connections."
        case .persistentConn: "Show templates of persistence."
        case .tunInfo: "Show how packets in tunnels are wrapped."
        case .connections: "Show each connection, as ipvsadm -Lnc does."
        }
    }

    /// The columns of the table; `nil` where there is no table.
    var columns: IPVSListing.Columns? {
        switch self {
        case .stats: .stats
        case .rate: .rate
        case .thresholds: .thresholds
        case .persistentConn: .persistentConn
        case .tunInfo: .tunInfo
        case .connections: nil
        }
    }
}

/// `penstock ipvs list`: the table as operators know it.
struct IPVSListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "Show the table in the layout of ipvsadm -Ln.",
        discussion: """
            Services and real servers come in the order of their addresses; with --kernel-order \
            they come as the kernel has them, real servers last added first, which is the order \
            that Maglev hashing depends on.
            """
    )

    @OptionGroup var options: GlobalOptions

    @Argument(help: "Only these: ADDRESS, ADDRESS:PORT, with /tcp, /udp or /sctp, or mark:NUMBER.")
    var service: [ServiceFilter] = []

    @Flag(exclusivity: .exclusive)
    var choice: ListChoice?

    @Flag(help: "Show large numbers to the last digit.")
    var exact = false

    @Flag(help: "List in the kernel's own order.")
    var kernelOrder = false

    @Option(help: "With --connections: how many at most.")
    var limit: Int?

    @Option(
        name: .customLong("sort"),
        help: "With --connections: by client, virtual, destination, state or expires."
    )
    var order: ConnectionOrder?

    func validate() throws {
        let hasList = choice == .connections
        guard hasList || (limit == nil && order == nil) else {
            throw ValidationError("--limit and --sort are for --connections")
        }
        guard !hasList || options.format != .json else {
            throw ValidationError("--connections is text only")
        }
        if let limit, limit < 1 { throw ValidationError("--limit is a number from 1 on") }
    }

    func run() async throws {
        try await options.performAlone { terminal in
            if choice == .connections {
                return try ConnectionListing(order: order, limit: limit, filters: service)
                    .show(on: terminal)
            }
            let client = Client.live()
            let info = try await client.info()
            let table = try await read(client)
            if !service.isEmpty, table.entries.isEmpty {
                let asked = service.map(\.description).joined(separator: " ")
                try terminal.report(["penstock: there is no service \(asked)"])
                return .problem
            }
            let shown = kernelOrder ? table : table.sorted
            if options.format == .json {
                try terminal.show(document: try IPVSDocument(shown, info: info).text)
            } else {
                let listing = IPVSListing(choice?.columns ?? .usual, isExact: exact)
                try terminal.show(text: listing.text(shown, info: info))
            }
            return .success
        }
    }

    /// The table, of which destinations are read only for services that are asked for.
    private func read(_ client: Client) async throws -> IPVS.Table {
        guard !service.isEmpty else { return try await client.table() }
        var table = IPVS.Table()
        for observed in try await client.services() {
            let identity = observed.service.identity
            guard service.contains(where: { $0.takes(identity) }) else { continue }
            let destinations = try await client.destinations(of: identity)
            table.entries.append(IPVS.Table.Entry(observed, destinations))
        }
        return table
    }
}
