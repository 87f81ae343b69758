package import Core
package import Link
import Net

/// This machine as a real server: looked at, prepared, and put back as it was.
///
/// No daemon is needed for it. Each change is remembered before it is made, so that whatever ends
/// the process, `down` finds what there is to take back; taking back what never came to be is no
/// error.
package struct RealServer: Sendable {
    /// How often the machine is looked at again while there is something to put right.
    ///
    /// Making a tunnel's link brings its settings into being, so two looks are the usual most; one
    /// more is for somebody else who changes things meanwhile.
    package static let mostLooks = 3

    /// Something that was done, or deliberately not.
    package struct Event: Hashable, Sendable, Codable {
        /// What, in the imperative: `add 192.0.2.1/32 to lo`.
        package var text: String
        /// Why it was not done; `nil` when it was.
        package var leftBecause: String?

        /// An event of these parts.
        package init(_ text: String, leftBecause: String? = nil) {
            self.text = text
            self.leftBecause = leftBecause
        }
    }

    let links: Links
    let file: MemoryFile
    let root: String

    /// The machine whose links are `links`, and whose settings are the files in `root`.
    package init(links: Links = .live(), file: MemoryFile, root: String = "/proc/sys") {
        self.links = links
        self.file = file
        self.root = root
    }

    /// Everything there is to say about `preparation`; changes nothing.
    package func check(_ preparation: Preparation) async throws(Fault) -> [Finding] {
        do {
            let survey = Survey(preparation, links: try await links.observe())
            var readings: [Sysctl.Reading] = []
            for setting in survey.settings(root: root) { readings.append(try setting.read()) }
            return survey.findings(readings)
        } catch {
            throw Fault(error)
        }
    }

    /// Puts right what is missing, and says what it did.
    ///
    /// It stops at the first step that fails: an address must not appear on a machine that could
    /// not be silenced first.
    package func up(_ preparation: Preparation) async throws(Fault) -> [Event] {
        var memory = try file.load() ?? Memory()
        var done: [Step] = []
        for _ in 0..<Self.mostLooks {
            let steps = try await check(preparation).compactMap(\.step)
            // Where several links share a setting, the first write is enough.
            let fresh = steps.filter { !done.contains($0) }
            guard !fresh.isEmpty else { break }
            for step in fresh {
                guard try await carryOut(step, remembering: &memory) else { continue }
                done.append(step)
            }
        }
        return done.map { Event("\($0)") }
    }

    /// Carries out one step; false when it turned out that there was nothing to do.
    private func carryOut(
        _ step: Step,
        remembering memory: inout Memory
    ) async throws(Fault) -> Bool {
        let before = memory
        do {
            switch step {
            case .set(let setting):
                guard let undo = try setting.undo() else { return false }
                memory.note(undo)
                try file.save(memory)
                _ = try setting.set()
                return true
            case .make(let name, let kind):
                memory.note(name, isMade: true)
                try file.save(memory)
                guard try await links.make(name, kind: kind) == .already else { return true }
                // The kernel brought it along with the module, down, and does not let it go.
                memory = before
                memory.note(name, isMade: false)
                try file.save(memory)
                try await links.set(name, up: true)
                return true
            case .raise(let name):
                memory.note(name, isMade: false)
                try file.save(memory)
                try await links.set(name, up: true)
                return true
            case .add(let vip, let name):
                memory.note(vip, on: name)
                try file.save(memory)
                guard try await links.add(vip, to: name) == .already else { return true }
                memory = before
                try file.save(memory)
                return false
            }
        } catch let error as LinkError {
            throw Fault(error)
        } catch let fault as Fault {
            throw fault
        } catch {
            preconditionFailure("a step fails with an error of the link or of the memory: \(error)")
        }
    }
}

extension Fault {
    init(_ error: LinkError) {
        self.init(
            code: error.code,
            summary: "cannot \(error.attempted)",
            because: error.because,
            fix: error.fix
        )
    }
}
