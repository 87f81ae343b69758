import Foundation
import IPVS
import Net

/// A service of a real kernel, and where it sent every flow that began: one table of a file that
/// the lab writes (`integration/guest/maglev.py`).
///
/// The file is text, a line each: `slots 4093` first; then for every table `table NAME IPv4 FLAG…`,
/// a `member ADDRESS PORT WEIGHT LAST-WEIGHT` for each destination in the order of the kernel's
/// list, and a `flow CLIENT PORT SERVER` for each flow, with `-` for a server when it was refused.
struct RecordedTable {
    /// A flow by its client, and the address of its server; `nil` when it was refused.
    struct Flow {
        let client: Endpoint
        let server: IPAddress?
    }

    /// A line that says none of the above.
    struct Unreadable: Error {
        let number: Int
        let line: Substring
    }

    /// Where the lab has put such a file; `nil` outside of it.
    static let path = ProcessInfo.processInfo.environment["PENSTOCK_MAGLEV_FLOWS"]

    let name: Substring
    let family: AddressFamily
    let flags: ServiceFlags
    let size: MaglevTable.Size
    var members: [MaglevTable.Member] = []
    var flows: [Flow] = []

    /// The model's table of the same service.
    var model: MaglevTable? {
        MaglevTable(family: family, members: members, flags: flags, size: size)
    }

    /// The tables of a file.
    static func read(_ path: String) throws -> [RecordedTable] {
        var tables: [RecordedTable] = []
        var size: MaglevTable.Size?
        let text = try String(contentsOfFile: path, encoding: .utf8)
        for (number, line) in text.split(separator: "\n").enumerated() {
            let words = line.split(separator: " ")
            let last = tables.indices.last
            switch (words[0], words.count, size, last) {
            case ("slots", 2, _, _):
                size = MaglevTable.Size.allCases.first { words[1] == "\($0.slotCount)" }
            case ("table", 3..., .some(let size), _):
                tables.append(try RecordedTable(words, size: size))
            case ("member", 5, _, .some(let last)):
                tables[last].members.append(try member(words))
            case ("flow", 4, _, .some(let last)):
                tables[last].flows.append(try flow(words))
            default:
                throw Unreadable(number: number + 1, line: line)
            }
        }
        return tables
    }

    private init(_ words: [Substring], size: MaglevTable.Size) throws {
        name = words[1]
        family = words[2] == "IPv6" ? .v6 : .v4
        self.size = size
        flags = try words.dropFirst(3).reduce(into: []) { flags, name in
            guard let flag = ServiceFlags(name: String(name), scheduler: .maglev) else {
                throw ParseError(String(name), "is no flag of mh")
            }
            flags.insert(flag)
        }
    }

    private static func member(_ words: [Substring]) throws -> MaglevTable.Member {
        guard let weight = Int(words[3]), let last = Int(words[4]) else {
            throw ParseError(words.joined(separator: " "), "lacks a weight")
        }
        return MaglevTable.Member(try endpoint(words), weight: weight, lastWeight: last)
    }

    private static func flow(_ words: [Substring]) throws -> Flow {
        let server = words[3] == "-" ? nil : try IPAddress(parsing: String(words[3]))
        return Flow(client: try endpoint(words), server: server)
    }

    private static func endpoint(_ words: [Substring]) throws -> Endpoint {
        Endpoint(
            try IPAddress(parsing: String(words[1])),
            try Port(parsing: String(words[2]))
        )
    }
}
