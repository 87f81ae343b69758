package import Core
import Foundation

/// What survives a restart beside the world itself: what operators have ordered.
///
/// It is written before the operator gets an answer, and by rename, so that a crash leaves the old
/// state or the new one. Everything else is adopted from the kernel and bgpd.
package struct StateFile: Sendable {
    /// The state.
    package struct Contents: Codable, Equatable, Sendable {
        /// The form of the file; another one is refused rather than guessed at.
        package var version = 1
        /// The drain of the director that was asked for by command.
        package var drain: KeptDrain?
        /// The drains of VIPs alone; absent when there are none.
        package var drainedVIPs: [KeptVIPDrain]?
        /// Real servers that are treated otherwise than configured; absent when there are none.
        package var backends: [KeptOrder]?
        /// The speakers and the protocol numbers of kernel routes that were announced by.
        ///
        /// With them nothing is left behind where nobody looks any more. Absent in what an older
        /// release wrote.
        package var speakers: [KeptSpeaker]?
        package var routeProtocols: [UInt8]?
        /// The ranges in which what is announced may be ours; absent in what an older release
        /// wrote.
        package var ownedPrefixes: [String]?
        /// Hand-overs between real servers, under way or stopped; absent when there are none.
        package var handovers: [KeptHandover]?

        /// Nothing worth remembering.
        package init() {}
    }

    /// The largest file that is read: `Overrides.most` orders at less than a kilobyte each.
    package static let mostBytes = 1024 * 1024

    /// Where it is.
    package let path: String

    /// The file `state.json` in `directory`.
    package init(directory: String) { path = directory + "/state.json" }

    /// Reads the state; one that is not there is empty.
    ///
    /// - Throws: `D420` for a file that cannot be read or makes no sense. It says nothing about
    ///   whether the director was drained, so the caller must not assume either.
    package func load() throws(Fault) -> Contents {
        guard FileManager.default.fileExists(atPath: path) else { return Contents() }
        do {
            let file = try FileHandle(forReadingFrom: URL(fileURLWithPath: path))
            let data = try file.read(upToCount: Self.mostBytes) ?? Data()
            try file.close()
            let contents = try JSONDecoder().decode(Contents.self, from: data)
            guard contents.version == Contents().version else {
                throw CocoaError(.fileReadCorruptFile)
            }
            return contents
        } catch {
            throw senseless(because: "\(error)")
        }
    }

    /// What to say of a file that cannot be understood.
    func senseless(because: String) -> Fault {
        Fault(
            code: "D420",
            summary: "the state file \(path) cannot be understood",
            because: because,
            fix: "was the director, or a real server, drained? Remove the file, start, and drain "
                + "it again if so"
        )
    }

    /// Writes the state so that it is on the disk when this returns.
    package func save(_ contents: Contents) throws(Fault) {
        do {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys, .prettyPrinted]
            let data = try encoder.encode(contents)
            let directory = URL(fileURLWithPath: path).deletingLastPathComponent()
            try FileManager.default.createDirectory(
                at: directory,
                withIntermediateDirectories: true
            )
            // A new file takes the old one's place in one step (rename(2)), then reaches the disk.
            try data.write(to: URL(fileURLWithPath: path), options: .atomic)
            let file = try FileHandle(forUpdating: URL(fileURLWithPath: path))
            try file.synchronize()
            try file.close()
        } catch {
            throw Fault(
                code: "D421",
                summary: "the state could not be written to \(path)",
                because: "\(error.localizedDescription)",
                fix: "is the disk full, or the directory not writable for this user?"
            )
        }
    }
}
