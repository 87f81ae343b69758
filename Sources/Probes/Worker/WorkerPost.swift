import Core
import Netlink

/// What the thread of the worker remembers between two looks.
struct WorkerPost {
    var link: WorkerLink?
    /// Those that were told to end and have not yet been seen to.
    var dying: [WorkerLink] = []
    var sight: ProbeWorkerSight
    var pause = RestartPause()
    /// When the next worker is to be started; `nil` while there is one, or none was wanted yet.
    var startDue: SuspendingClock.Instant?
    private var nextTick: SuspendingClock.Instant?
    private var lastKey: UInt64 = 0

    init(sight: ProbeWorkerSight) { self.sight = sight }

    /// How long nothing is due; `nil` while nothing was ever ordered.
    func patience(at now: SuspendingClock.Instant) -> Duration? {
        [nextTick, startDue].compactMap { $0 }.min().map { max(.zero, now.duration(to: $0)) }
    }

    /// Whether a tick has passed; one at the most, however late this is asked.
    mutating func takeTick(at now: SuspendingClock.Instant) -> Bool {
        guard link != nil || startDue != nil || !dying.isEmpty else {
            nextTick = nil
            return false
        }
        let due = nextTick ?? now + WorkerDesk.tick
        guard now >= due else {
            nextTick = due
            return false
        }
        nextTick = now + WorkerDesk.tick
        return true
    }

    /// Whether a worker is to be started now.
    func isDue(isWanted: Bool, at now: SuspendingClock.Instant) -> Bool {
        guard link == nil else { return false }
        return startDue.map { now >= $0 } ?? isWanted
    }

    /// Two keys for the poller, of which this is the first.
    mutating func takeKey() -> UInt64 {
        defer { lastKey += 2 }
        return lastKey
    }

    /// Forgets those that have ended.
    mutating func bury() { dying.removeAll { $0.process.end != nil } }
}

/// A worker and the line to it, as the director has them.
final class WorkerLink {
    /// The bytes that are read at once.
    private static let readBytes = 64 * 1024

    let process: ChildProcess
    /// The key of the line; the next one is that of the process.
    let key: UInt64
    let since: SuspendingClock.Instant
    /// What it may do.
    let privileges: [ChildProgram.Privilege]
    var frames = FrameReader()
    /// What the kernel has not yet taken.
    var unsent: ArraySlice<UInt8> = []
    var interest = Poller.Interest.either
    /// Whether nothing comes from it any more, and for how many ticks.
    var isSilent = false
    var silentTicks = 0
    private var buffer = [UInt8](repeating: 0, count: readBytes)

    init(
        _ process: consuming ChildProcess,
        key: UInt64,
        since: SuspendingClock.Instant,
        privileges: [ChildProgram.Privilege]
    ) {
        self.process = process
        self.key = key
        self.since = since
        self.privileges = privileges
    }

    /// What has arrived; empty at the end of the line, `nil` when nothing is there yet.
    func read() throws(Errno) -> ArraySlice<UInt8>? {
        try process.line.receive(into: &buffer).map { buffer[..<$0] }
    }

    /// Writes; whether the kernel took all of it.
    func write() throws(Errno) -> Bool {
        guard !unsent.isEmpty else { return true }
        unsent = unsent.dropFirst(try process.line.send(unsent))
        return unsent.isEmpty
    }
}
