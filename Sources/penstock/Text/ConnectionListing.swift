internal import ArgumentParser
internal import Core
internal import Foundation
package import IPVS
internal import Net

/// By what connections are sorted.
package enum ConnectionOrder: String, CaseIterable, Sendable, ExpressibleByArgument {
    case client, virtual, destination, state, expires

    /// Whether one connection is listed before another.
    package func areInOrder(_ left: ConnectionEntry, _ right: ConnectionEntry) -> Bool {
        switch self {
        case .client: left.client < right.client
        case .virtual: (left.virtual, left.client) < (right.virtual, right.client)
        case .destination: (left.destination, left.client) < (right.destination, right.client)
        case .state: (left.state, left.client) < (right.state, right.client)
        case .expires: (left.expires, left.client) < (right.expires, right.client)
        }
    }
}

/// The connections in the layout of `ipvsadm -Lnc`.
struct ConnectionListing {
    /// The bytes of one read; the kernel gives a page at a time anyway.
    private static let piece = 64 * 1024
    /// How many are kept for sorting: some 200 bytes each.
    private static let sortedAtMost = 1_000_000

    /// `nil` for the order in which the kernel has them, which needs no memory.
    let order: ConnectionOrder?
    let limit: Int?
    let filters: [ServiceFilter]

    /// Shows them.
    func show(on terminal: Terminal) throws -> ExitStatus {
        let lines: ProcLines
        do {
            lines = try ProcLines("/proc/net/ip_vs_conn", piece: Self.piece)
        } catch {
            try terminal.report(
                FaultScreen.lines(
                    Fault(
                        code: "K330",
                        summary: "cannot read the list of connections",
                        because: "\(error.localizedDescription)",
                        fix: "modprobe ip_vs, if it is not there; it needs root, if it is"
                    )
                )
            )
            return .unreachable
        }
        try terminal.show(text: Self.title)
        var left = limit ?? .max
        var kept: [ConnectionEntry] = []
        while left > 0, let page = try lines.next() {
            let entries = page.compactMap { ConnectionEntry($0) }.filter(isAskedFor)
            if order == nil {
                try terminal.show(text: entries.prefix(left).map(Self.line).joined())
                left -= min(left, entries.count)
            } else {
                kept += entries.prefix(Self.sortedAtMost - kept.count)
            }
        }
        if let order {
            kept.sort(by: order.areInOrder)
            try terminal.show(text: kept.prefix(left).map(Self.line).joined())
        }
        return .success
    }

    private func isAskedFor(_ entry: ConnectionEntry) -> Bool {
        guard !filters.isEmpty else { return true }
        guard let transport = TransportProtocol(name: entry.transport.lowercased()) else {
            return false
        }
        let service = ServiceIdentity.address(entry.virtual.address, transport, entry.virtual.port)
        return filters.contains { $0.takes(service) }
    }

    static let title = """
        IPVS connection entries
        pro expire state       source             virtual            destination

        """

    /// One line, as `ipvsadm -Lnc` writes it.
    static func line(_ entry: ConnectionEntry) -> String {
        func padded(_ text: String, _ width: Int) -> String {
            text + String(repeating: " ", count: max(0, width - text.utf8.count))
        }
        func twoDigits(_ number: UInt64) -> String { number < 10 ? "0\(number)" : "\(number)" }
        let expires = "\(twoDigits(entry.expires / 60)):\(twoDigits(entry.expires % 60))"
        return [
            padded(entry.transport, 3), padded(expires, 6), padded(entry.state, 11),
            padded("\(entry.client)", 18), padded("\(entry.virtual)", 18),
            "\(entry.destination)\n",
        ].joined(separator: " ")
    }
}

/// The lines of a file that is too long to be read at once.
final class ProcLines {
    private let handle: FileHandle
    private let piece: Int
    private var rest = Data()

    init(_ path: String, piece: Int) throws {
        handle = try FileHandle(forReadingFrom: URL(fileURLWithPath: path))
        self.piece = piece
    }

    /// The next whole lines; `nil` at the end.
    func next() throws -> [String]? {
        guard let data = try handle.read(upToCount: piece), !data.isEmpty else {
            guard !rest.isEmpty else { return nil }
            defer { rest = Data() }
            return [String(decoding: rest, as: UTF8.self)]
        }
        rest += data
        guard let end = rest.lastIndex(of: UInt8(ascii: "\n")) else { return [] }
        let lines = rest[..<end].split(separator: UInt8(ascii: "\n"))
            .map { String(decoding: $0, as: UTF8.self) }
        rest = Data(rest[(end + 1)...])
        return lines
    }
}
