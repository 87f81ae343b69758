/// One idle connection to a server: when to make it, and what its end means.
///
/// Its end is a reason to probe, never a verdict. Every call for a probe has cost a connection, and
/// connections are made ever further apart while they do not last, until they are one for each
/// interval of the check: so a sentinel asks for no more probes than the check itself, whatever the
/// server does.
///
/// Pure: time and chance are arguments.
package struct SentinelMachine: Hashable, Sendable {
    /// What its connection does.
    package enum State: Hashable, Sendable {
        /// The server is not judged to be up. Can transition to: `waiting`.
        case off
        /// Before the next connection, and until a probe passes that was asked for. Can transition
        /// to: `opening`, `off`.
        case waiting(until: Moment)
        /// It is being made. Can transition to: `standing`, `waiting`, `off`.
        case opening
        /// It stands. Can transition to: `waiting`, `off`.
        case standing(since: Moment)
    }

    /// What is to be done.
    package enum Step: Hashable, Sendable {
        /// Nothing until something happens.
        case none
        /// Make a connection.
        case open
        /// End the connection that is there or being made.
        case close
        /// Probe the server now.
        case probe(SentinelEnd)
    }

    /// The time before the first connection after one that lasted, and the unit of longer waits.
    ///
    /// Long enough for the probe that its end asked for to say how the server is: a connection to
    /// a server that is going down is refused, and tells nothing new.
    package static let firstPause = Duration.milliseconds(100)

    /// Pauses vary by up to this share either way, so that servers that restarted together do not
    /// get their connections together.
    package static let jitter = 0.25

    /// How alike two times are after which a server tires of a connection that says nothing: the
    /// shorter is at least this share of the longer.
    ///
    /// Servers look for idle connections in rounds of a second or so.
    package static let idleShare = 0.8

    /// The most doublings of a pause: above any interval, and far from an overflow.
    private static let mostDoublings = 20

    /// What its connection does.
    package private(set) var state = State.off
    /// How long the server lets a connection be idle, once it has done so twice.
    package private(set) var idleLimit: Duration?
    /// The last end that asked for a probe.
    package private(set) var lastCall: SentinelEnd?
    /// How many connections in a row did not last.
    private var brief = 0
    /// Whether a probe was asked for, and none has passed since.
    private var isInDoubt = false
    /// The age of a connection that the server closed, while the probe about it is awaited.
    private var doubtfulAge: Duration?
    /// The age of the one before, closed by a server that then turned out to be well.
    private var harmlessAge: Duration?

    /// The sentinel of a server that was not judged yet.
    package init() {}

    /// When to call `elapsed`; `nil` when only news can bring work.
    package var deadline: Moment? {
        // A connection to a server in doubt would be refused as its probes are, and ask for one
        // more: of thousands that were lost together that would be thousands.
        guard case .waiting(let until) = state, !isInDoubt else { return nil }
        return until
    }

    /// The server is judged to be up or not.
    package mutating func judged(
        isUp: Bool,
        now: Moment,
        using generator: inout some RandomNumberGenerator
    ) -> Step {
        switch (state, isUp) {
        case (.off, true):
            brief = 0
            pause(.zero, now: now, every: Self.firstPause, using: &generator)
            return .none
        case (.off, false), (.waiting, true), (.opening, true), (.standing, true): return .none
        case (.waiting, false):
            state = .off
            isInDoubt = false
            return .none
        case (.opening, false), (.standing, false):
            state = .off
            isInDoubt = false
            return .close
        }
    }

    /// Time has passed.
    package mutating func elapsed(now: Moment) -> Step {
        guard let deadline, deadline <= now else { return .none }
        state = .opening
        return .open
    }

    /// There is no room for its connection: it is tried again an interval later.
    package mutating func crowdedOut(
        now: Moment,
        every: Duration,
        using generator: inout some RandomNumberGenerator
    ) {
        brief = Self.mostDoublings
        pause(.zero, now: now, every: every, using: &generator)
    }

    /// Something became of its connection.
    package mutating func heard(
        _ news: SentinelNews,
        now: Moment,
        every: Duration,
        using generator: inout some RandomNumberGenerator
    ) -> Step {
        switch (news, state) {
        case (.stands, .opening):
            state = .standing(since: now)
            return .none
        case (.failed(let end), .opening):
            pause(.zero, now: now, every: every, using: &generator)
            return call(end)
        case (.ended(let end), .standing(let since)):
            let age = now - since
            pause(age, now: now, every: every, using: &generator)
            guard end == .closed else { return call(end) }
            guard !isExpected(age) else { return .none }
            doubtfulAge = age
            return call(end)
        // Word of a connection that was given up meanwhile.
        case (.stands, .off), (.stands, .waiting), (.stands, .standing), (.failed, .off),
            (.failed, .waiting), (.failed, .standing), (.ended, .off), (.ended, .waiting),
            (.ended, .opening):
            return .none
        }
    }

    /// A probe that was summoned, or came by itself, has ended like this.
    ///
    /// Two connections that a server closes at about the same age, and is well afterwards, are how
    /// it treats those that say nothing. Such an end is no news from then on, until two others in a
    /// row agree on another age.
    package mutating func probed(_ verdict: Outcome.Verdict) {
        if verdict != .failed { isInDoubt = false }
        guard let age = doubtfulAge else { return }
        switch verdict {
        case .unknown: return
        case .failed:
            doubtfulAge = nil
            harmlessAge = nil
        case .passed:
            doubtfulAge = nil
            defer { harmlessAge = age }
            guard let before = harmlessAge,
                min(age, before) >= max(age, before) * Self.idleShare
            else { return }
            idleLimit = min(age, before)
        }
    }

    /// Whether a server that lets connections wait for so long was to close this one.
    private func isExpected(_ age: Duration) -> Bool {
        guard let idleLimit else { return false }
        return age >= idleLimit * Self.idleShare && age <= idleLimit / Self.idleShare
    }

    private mutating func call(_ end: SentinelEnd) -> Step {
        guard end != .local else { return .none }
        lastCall = end
        isInDoubt = true
        return .probe(end)
    }

    /// Waits before the next connection: the longer, the more of them did not last an interval.
    private mutating func pause(
        _ age: Duration,
        now: Moment,
        every: Duration,
        using generator: inout some RandomNumberGenerator
    ) {
        brief = age >= every ? 0 : min(brief + 1, Self.mostDoublings)
        let longer = Self.firstPause * (1 << max(0, brief - 1))
        let share = Double.random(in: 1 - Self.jitter...1 + Self.jitter, using: &generator)
        state = .waiting(until: now + min(longer, max(every, Self.firstPause)) * share)
    }
}
