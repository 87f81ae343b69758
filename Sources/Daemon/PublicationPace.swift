import Core

/// When the picture for others is renewed.
///
/// A picture that is held elsewhere makes the next turn copy what it touches, and to make one for
/// what came between two turns takes a turn of its own. So what changes nothing is shown with the
/// next pulse, and what does soon, but not again and again.
struct PublicationPace: Sendable {
    /// How soon after the last one the next picture is made when there is news.
    static let interval = Duration.milliseconds(100)

    /// How soon when results were counted that changed nothing.
    static let longest = Duration.seconds(1)

    private var last: Moment?
    private var hasNews = false

    /// Nothing has been published yet.
    init() {}

    /// When the next picture is due, as far as that is known.
    var due: Moment {
        last.map { $0 + (hasNews ? Self.interval : Self.longest) } ?? .zero
    }

    /// A turn has ended, with news or without: whether a picture is to be made of it.
    mutating func takeTurn(at now: Moment, isNews: Bool) -> Bool {
        hasNews = hasNews || isNews
        guard now >= due else { return false }
        last = now
        hasNews = false
        return true
    }
}
