/// Who ordered something at run time, why, and for how long.
package struct Mandate: Hashable, Sendable {
    /// Who, as the kernel told it: `root`, or `uid 1000`.
    package let by: String
    /// Why, in the operator's words; may be empty.
    package let reason: String
    /// When it was ordered, in civil time.
    package let since: Timestamp
    /// When it ends by itself, in civil time; `nil` for never.
    package let until: Timestamp?
    /// The same end in the driver's time, by which it is decided.
    package let expires: Moment?

    /// An order given at `now`, which is `since` in civil time, and ends at `until`.
    ///
    /// An end that has passed already, while the program was down, is in the past of `now`.
    package init(
        by: String,
        reason: String,
        since: Timestamp,
        until: Timestamp? = nil,
        civilNow: Timestamp,
        now: Moment
    ) {
        self.by = by
        self.reason = reason
        self.since = since
        self.until = until
        expires = until.map { now + ($0 - civilNow) }
    }

    private init(_ mandate: Mandate, reason: String) {
        by = mandate.by
        self.reason = reason
        since = mandate.since
        until = nil
        expires = nil
    }

    /// The same mandate for good, with `words` before its reason.
    func led(by words: String) -> Mandate {
        Mandate(self, reason: reason.isEmpty ? words : "\(words): \(reason)")
    }

    /// Whether it has ended by itself.
    func isOver(at now: Moment) -> Bool { expires.map { $0 <= now } ?? false }
}

/// What an operator wants of a real server, over what the configuration says.
package struct Ruling<Value: Hashable & Sendable>: Hashable, Sendable {
    /// What is wanted.
    package let value: Value
    /// Who wants it, why and for how long.
    package let mandate: Mandate

    /// `value` is wanted.
    package init(_ value: Value, _ mandate: Mandate) {
        self.value = value
        self.mandate = mandate
    }
}
