package import Core
import Foundation

/// Where a real server's memory is kept between `up` and `down`.
///
/// It belongs under /run: what it remembers does not outlive a reboot either.
package struct MemoryFile: Sendable {
    /// The largest file that is read: some hundred bytes for each VIP, of which a few thousand fit.
    package static let mostBytes = 1024 * 1024
    /// Where it is unless said otherwise.
    package static let usualPath = "/run/penstock/realserver.json"

    /// Its path.
    package let path: String

    /// The memory at `path`.
    package init(path: String) { self.path = path }

    /// Reads it; `nil` when there is none.
    ///
    /// - Throws: `K344` for a file that cannot be read or makes no sense.
    package func load() throws(Fault) -> Memory? {
        guard FileManager.default.fileExists(atPath: path) else { return nil }
        do {
            let file = try FileHandle(forReadingFrom: URL(fileURLWithPath: path))
            let data = try file.read(upToCount: Self.mostBytes) ?? Data()
            try file.close()
            let memory = try JSONDecoder().decode(Memory.self, from: data)
            guard memory.version == Memory.currentVersion else {
                throw CocoaError(.fileReadCorruptFile)
            }
            return memory
        } catch {
            throw Fault(
                code: "K344",
                summary: "what was put on this machine cannot be read from \(path)",
                because: "\(error.localizedDescription)",
                fix: "remove the file; addresses with our mark are still known, settings are not"
            )
        }
    }

    /// Writes it in one step, or removes it when there is nothing to remember.
    ///
    /// - Throws: `K345`; nothing may be changed that could not be remembered.
    package func save(_ memory: Memory) throws(Fault) {
        do {
            let url = URL(fileURLWithPath: path)
            guard !memory.isEmpty else {
                if FileManager.default.fileExists(atPath: path) {
                    try FileManager.default.removeItem(at: url)
                }
                return
            }
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
            try FileManager.default.createDirectory(
                at: url.deletingLastPathComponent(),
                withIntermediateDirectories: true
            )
            try encoder.encode(memory).write(to: url, options: .atomic)
        } catch {
            throw Fault(
                code: "K345",
                summary: "what is put on this machine could not be written to \(path)",
                because: "\(error.localizedDescription)",
                fix: "run as root, or choose another place: --state"
            )
        }
    }
}
