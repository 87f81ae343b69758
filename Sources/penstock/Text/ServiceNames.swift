internal import Foundation
package import Net
internal import Synchronization

/// The names of ports in `/etc/services`, read when the first one is asked for.
package final class ServiceNames: Sendable {
    /// The bytes that are read at most; the largest of any distribution has 700 kB.
    private static let limit = 4 * 1024 * 1024

    private let path: String
    private let ports = Mutex<[String: UInt16]?>(nil)

    /// The names in the file at `path`.
    package init(path: String = "/etc/services") { self.path = path }

    /// The port of this name; `nil` when it is not there, or when there is no such file.
    package var port: @Sendable (_ name: String, _ transport: TransportProtocol) -> Net.Port? {
        { name, transport in
            self.ports.withLock { ports in
                let known = ports ?? Self.parse(self.text)
                ports = known
                return known["\(name)/\(transport)"].map { Net.Port($0) }
            }
        }
    }

    private var text: String {
        do {
            let handle = try FileHandle(forReadingFrom: URL(fileURLWithPath: path))
            return String(
                decoding: try handle.read(upToCount: Self.limit) ?? Data(),
                as: UTF8.self
            )
        } catch {
            // Without the file no name is known, and the line that uses one is named.
            return ""
        }
    }

    /// Reads lines of the form `name port/protocol alias... # comment`, services(5), into
    /// `name/protocol` and its port.
    package static func parse(_ text: String) -> [String: UInt16] {
        var ports: [String: UInt16] = [:]
        for line in text.split(whereSeparator: \.isNewline) {
            let words = line.prefix { $0 != "#" }.split(whereSeparator: \.isWhitespace)
            guard words.count >= 2 else { continue }
            let parts = words[1].split(separator: "/")
            guard parts.count == 2, let port = UInt16(parts[0]) else { continue }
            // The first of two lines with the same name counts, as for getservbyname(3).
            for name in [words[0]] + words.dropFirst(2) where ports["\(name)/\(parts[1])"] == nil {
                ports["\(name)/\(parts[1])"] = port
            }
        }
        return ports
    }
}
