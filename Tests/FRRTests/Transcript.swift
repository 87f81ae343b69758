import FRR
import FoundationEssentials
import Testing

/// A conversation captured from a real daemon: `>>> command`, its text, `<<< status`.
struct Transcript: Sendable {
    /// One command and what came back.
    struct Exchange: Sendable {
        let command: String
        let reply: VTYReply
        /// The reply as it was on the wire.
        var frame: [UInt8] { reply.bytes + [0, 0, 0, reply.status.rawValue] }
    }

    static let all = [
        "frr-8.4.4", "frr-8.4.4-bare", "frr-8.4.4-policy", "frr-8.4.4-obstacles", "frr-10.6.1",
        "quagga-1.2.4",
    ]

    let exchanges: [Exchange]

    /// Reads the transcript with this name from the folder beside this file.
    init(_ name: String, file: String = #filePath) throws {
        let folder = file.prefix(upTo: file.lastIndex(of: "/") ?? file.endIndex)
        let text = try String(contentsOfFile: "\(folder)/Fixtures/\(name).txt", encoding: .utf8)
        var exchanges: [Exchange] = []
        var command = ""
        var lines: [Substring] = []
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
            if line.hasPrefix(">>> ") {
                command = String(line.dropFirst(4))
                lines = []
            } else if line.hasPrefix("<<< ") {
                let body = lines.map { $0 + "\n" }.joined()
                let status = try #require(UInt8(line.dropFirst(4)))
                let reply = VTYReply(bytes: Array(body.utf8), status: VTYStatus(rawValue: status))
                exchanges.append(Exchange(command: command, reply: reply))
            } else {
                lines.append(line)
            }
        }
        self.exchanges = exchanges
    }

    /// The reply to the occurrence number `index` of `command`; the last one for -1.
    func reply(to command: String, _ index: Int = 0) throws -> VTYReply {
        let found = exchanges.filter { $0.command == command }
        return try #require(index < 0 ? found.last : found.dropFirst(index).first).reply
    }
}
