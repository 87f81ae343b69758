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
        guard try note(step, in: &memory) else { return false }
        try file.save(memory)
        let outcome: Links.Outcome
        do throws(LinkError) {
            outcome = try await attempt(step)
        } catch {
            // What was refused is not there to be taken back; what is unknown may be.
            if error.isRefusal { try file.save(before) }
            throw Fault(error)
        }
        guard outcome == .already else { return true }
        memory = before
        guard case .make(let name, _) = step else {
            try file.save(memory)
            return false
        }
        // The kernel brought the link along with the module, down, and does not let it go.
        memory.note(name, isMade: false)
        try file.save(memory)
        do throws(LinkError) {
            try await links.set(name, up: true)
        } catch {
            throw Fault(error)
        }
        return true
    }

    /// Remembers what `step` is about to change; false when it would change nothing.
    private func note(_ step: Step, in memory: inout Memory) throws(Fault) -> Bool {
        switch step {
        case .set(let setting):
            do throws(LinkError) {
                guard let undo = try setting.undo() else { return false }
                memory.note(undo)
            } catch {
                throw Fault(error)
            }
        case .make(let name, _): memory.note(name, isMade: true)
        case .raise(let name): memory.note(name, isMade: false)
        case .add(let vip, let name): memory.note(vip, on: name)
        }
        return true
    }

    private func attempt(_ step: Step) async throws(LinkError) -> Links.Outcome {
        switch step {
        case .set(let setting): _ = try setting.set()
        case .make(let name, let kind): return try await links.make(name, kind: kind)
        case .raise(let name): try await links.set(name, up: true)
        case .add(let vip, let name): return try await links.add(vip, to: name)
        }
        return .done
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
