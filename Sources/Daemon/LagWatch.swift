import Core

/// By how much a loop comes round later than it meant to.
///
/// A scraper looks seldom, so what it is shown is the worst of a while and not the last.
struct LagWatch: Sendable {
    /// A worst moment is shown for at least this long, and for at most twice as long: as seldom as
    /// anybody scrapes.
    static let span: Duration = .seconds(30)

    private var planned: Moment
    private var since: Moment
    private var worst = Duration.zero
    private var worstBefore = Duration.zero

    /// A loop that begins at `now`.
    init(now: Moment) {
        planned = now
        since = now
    }

    /// The loop came round, and will again at `next` at the latest.
    mutating func came(at now: Moment, next: Moment) {
        roll(to: now)
        worst = max(worst, now - planned)
        planned = next
    }

    /// The loop goes to sleep until `deadline`.
    mutating func sleeps(until deadline: Moment) { planned = deadline }

    /// The worst of late, with what it is late by now.
    func worst(at now: Moment) -> Duration {
        var later = self
        later.roll(to: now)
        return max(later.worst, later.worstBefore, now - planned)
    }

    private mutating func roll(to now: Moment) {
        guard now >= since + Self.span else { return }
        worstBefore = now < since + Self.span * 2 ? worst : .zero
        worst = .zero
        since = now
    }
}
