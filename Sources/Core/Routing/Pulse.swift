/// Whether bgpd answers: a sign of life is asked for at a steady pace, whatever else is asked.
///
/// Its peers cannot tell: keepalives come from a thread of their own and BFD from another daemon,
/// while its main thread hangs and no route can be taken back.
package struct Pulse: Equatable, Sendable {
    /// How often a sign of life is asked for: three that fail, with their deadlines of two seconds
    /// each, tell within about six.
    package static let interval: Duration = .seconds(2)
    /// How many in a row must fail before it counts as hung: one may have met a long `show`.
    package static let patience = 3

    /// The code of the fault that bgpd takes the connection and does not answer.
    private static let silenceCode = "F104"

    /// When the next one is to be asked for.
    package private(set) var next: Moment
    /// Whether an answer is awaited.
    package private(set) var isAwaited = false
    /// How many failed in a row.
    package private(set) var missed = 0
    /// Since when it has not answered, and what came instead.
    package private(set) var silent: Silence?
    /// When it last answered.
    package private(set) var answered: Moment?

    /// A bgpd that does not answer.
    package struct Silence: Equatable, Sendable {
        /// When the first sign of life was asked for that did not come.
        package let since: Moment
        /// What the last attempt said.
        package var fault: Fault
    }

    private var asked: Moment
    /// Whether it was not there to be asked, the last time.
    private var isGone = false

    /// A pulse that is first felt for at `next`.
    package init(next: Moment) {
        self.next = next
        asked = next
    }

    /// Whether it answered the last time.
    package var isAnswering: Bool { answered != nil && silent == nil && !isGone }

    /// Whether it counts as hung: as many in a row did not come as it takes.
    package var isHung: Bool { missed >= Self.patience }

    /// A sign of life is asked for at `now`.
    package mutating func ask(at now: Moment) {
        isAwaited = true
        asked = now
    }

    /// It came, and the answer is whether bgpd had counted as hung.
    package mutating func came(at now: Moment) -> Bool {
        let wasHung = isHung
        isAwaited = false
        missed = 0
        silent = nil
        isGone = false
        answered = now
        next = max(asked + Self.interval, now)
        return wasHung
    }

    /// It did not come, and the answer is whether bgpd now counts as hung and did not before.
    ///
    /// Only silence counts. One that is not there takes no connection, and has no peers that it
    /// could deceive.
    package mutating func failed(_ fault: Fault, at now: Moment) -> Bool {
        let wasHung = isHung
        isAwaited = false
        guard fault.code == Self.silenceCode else {
            missed = 0
            silent = nil
            isGone = true
            next = max(asked + Self.interval, now)
            return false
        }
        missed += 1
        isGone = false
        silent = Silence(since: silent?.since ?? asked, fault: fault)
        next = max(asked + Self.interval, now)
        return isHung && !wasHung
    }
}
