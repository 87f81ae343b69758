package import Core
package import Net
internal import Synchronization

/// What operators have ordered, on disk before they get an answer.
///
/// The director acts on a copy of its own. Both take the same orders in the same sequence, so they
/// come to the same; what the director changes by itself (an order whose time is over, a hand-over
/// that is complete or was given up) comes back through `follow`.
package final class Ledger: Sendable {
    private struct Page: Sendable {
        var contents: StateFile.Contents
        var overrides: Overrides
    }

    private let file: StateFile
    private let page: Mutex<Page>
    private let written = Atomic(0)
    private let failed = Atomic(0)

    /// How often it was written, and how often that failed.
    package var writes: (ok: Int, failed: Int) {
        (written.load(ordering: .relaxed), failed.load(ordering: .relaxed))
    }

    /// The orders that stand.
    package var overrides: Overrides { page.withLock { $0.overrides } }

    /// What is on disk.
    var contents: StateFile.Contents { page.withLock { $0.contents } }

    /// What to say of a file that cannot be understood.
    func senseless(because reason: String) -> Fault { file.senseless(because: reason) }

    /// Writes down what `intent` announces by, before anything is announced.
    ///
    /// - Throws: `D421`.
    package func keep(routingOf intent: Intent) throws(Fault) {
        try page.withLock { page throws(Fault) in
            var contents = page.contents
            contents.keep(routingOf: intent)
            guard contents != page.contents else { return }
            try save(contents)
            page.contents = contents
        }
    }

    /// Writes down that what is announced may be ours inside `ranges`, and nowhere else any more.
    ///
    /// - Throws: `D421`; the next start then looks once more where nothing is left.
    package func keep(ranges: [Prefix]) throws(Fault) {
        try page.withLock { page throws(Fault) in
            var contents = page.contents
            contents.keep(ranges: ranges)
            guard contents != page.contents else { return }
            try save(contents)
            page.contents = contents
        }
    }

    private func save(_ contents: StateFile.Contents) throws(Fault) {
        do {
            try file.save(contents)
            written.add(1, ordering: .relaxed)
        } catch {
            failed.add(1, ordering: .relaxed)
            throw error
        }
    }

    /// Opens `file` for a run that begins at `now`, which is `civilNow` in civil time.
    ///
    /// - Throws: `D420` when it makes no sense.
    package init(_ file: StateFile, now: Moment, civilNow: Timestamp) throws(Fault) {
        self.file = file
        let contents = try file.load()
        let overrides: Overrides
        do {
            overrides = try contents.overrides(now: now, civilNow: civilNow)
        } catch {
            throw file.senseless(because: "\(error)")
        }
        page = Mutex(Page(contents: contents, overrides: overrides))
    }

    /// Writes what of `command` is to outlast a restart, then passes it on; `vips` are those of
    /// the configuration.
    ///
    /// Both happen under one lock, so that the director takes the orders in the sequence in which
    /// they are written.
    ///
    /// - Returns: how many orders there have been with this one; `nil` when it could not be passed
    ///   on, and then it is not written either.
    /// - Throws: `D421`, or `D431` when there are too many; nothing has changed then.
    package func keep(
        _ command: Command,
        configured vips: [VIP],
        passOn: () -> Bool
    ) throws(Fault) -> Int? {
        try page.withLock { page throws(Fault) in
            var edited = page
            edited.overrides.take(command, configured: vips)
            guard edited.overrides.count <= Overrides.most else { throw .tooManyOrders }
            edited.contents.keep(edited.overrides)
            try save(edited.contents)
            guard passOn() else {
                // What was refused must not come true at the next start.
                try save(page.contents)
                return nil
            }
            page = edited
            return edited.overrides.serial
        }
    }

    /// Follows the director, unless it has not come to the last order yet.
    ///
    /// - Throws: `D421`; the next start goes by what was written before, and comes to the same
    ///   once it sees the same.
    package func follow(_ overrides: Overrides) throws(Fault) {
        try page.withLock { page throws(Fault) in
            guard overrides.serial == page.overrides.serial else { return }
            var contents = page.contents
            contents.keep(overrides)
            // Orders come back just as they were written, too.
            if contents != page.contents { try save(contents) }
            page = Page(contents: contents, overrides: overrides)
        }
    }
}

extension Fault {
    fileprivate static let tooManyOrders = Fault(
        code: "D431",
        summary: "more than \(Overrides.most) orders are kept",
        because: "they are for the time of a repair, not in place of the configuration",
        fix: "penstock undrain, or penstock backend auto …, for those that are done with, or "
            + "write them into the file"
    )
}
