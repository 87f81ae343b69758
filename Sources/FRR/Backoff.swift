/// How long to wait before the next dial: doubling, bounded, and with jitter.
///
/// Without jitter the directors of a site, whose FRR was upgraded in one sweep, would all come
/// back in the same instant. It is pure: chance comes from the generator handed in.
public struct Backoff: Hashable, Sendable {
    /// The longest first wait; bgpd needs some 50 ms to come back after a crash.
    public var first: Duration
    /// The longest wait there is; a director should announce again within about a second.
    public var longest: Duration
    private var failures = 0

    /// A backoff that begins at `first` and grows to `longest`, both positive.
    public init(first: Duration = .milliseconds(50), longest: Duration = .seconds(1)) {
        precondition(first > .zero && longest >= first, "a backoff grows from a positive wait")
        self.first = first
        self.longest = longest
    }

    /// A dial failed: the wait before the next, from half of the doubled bound up to all of it.
    public mutating func failed(using generator: inout some RandomNumberGenerator) -> Duration {
        // 2^16 times any wait worth configuring is beyond `longest`, and cannot overflow.
        let bound = min(longest, first * (1 << min(failures, 16)))
        failures += 1
        return bound * Double.random(in: 0.5...1, using: &generator)
    }

    /// A dial succeeded: the next failure waits `first` again.
    public mutating func succeeded() { failures = 0 }
}
