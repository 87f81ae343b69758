/// Tells whether a bgpd that has just appeared has read all of its configuration.
///
/// bgpd listens before `vtysh -b` or `frr-reload` has fed it its configuration line by line, and
/// says nothing when that is over. So it counts as loaded once two looks in a row, some time
/// apart, show the same configuration with an instance in it.
package struct LoadWatch: Equatable, Sendable {
    /// Where the loading stands.
    package enum State: Equatable, Sendable {
        /// Never seen, or gone since. Can transition to: `loading`.
        case absent
        /// Can transition to: `loaded`, and to `absent` when it goes.
        case loading(Loading)
        /// Can transition to: `loading` when it was started anew.
        case loaded
    }

    /// A configuration that may not be whole yet.
    package struct Loading: Equatable, Sendable {
        /// Since when.
        package let since: Moment
        /// What the last look showed, and since when looks have shown it; `nil` without an
        /// instance.
        fileprivate var digest: UInt64?
        fileprivate var sameSince: Moment
    }

    /// Where it stands.
    package private(set) var state = State.absent
    /// Whether it counts as loaded although it never came to rest.
    package private(set) var isForced = false
    /// The bgpd that was last seen.
    private var incarnation: Int?
    /// What it showed last since it counts as loaded.
    private var lastDigest: UInt64?
    /// Since when it, or its instance, may have been read in.
    private var appeared: Moment?
    /// Since when it has been seen.
    private var started: Moment?

    /// How far apart the two looks are at least.
    ///
    /// `vtysh -b` sends a line as soon as the one before has been answered, so a pause this long
    /// within a configuration is one of a host that stands still; a session is not up before a
    /// second has passed, and End-of-RIB follows only then.
    package static let apart: Duration = .milliseconds(50)
    /// How long a configuration may keep changing before it counts as loaded all the same: an
    /// operator at work, or a script that never ends, must not keep a director out for ever.
    package static let longest: Duration = .seconds(10)
    /// One that has appeared is looked at again after this part of the time since then.
    ///
    /// Whoever feeds it may pause, or not have begun: a host that starts has other daemons to start
    /// first. Its sessions come up a second after it has read its neighbours at the earliest, so
    /// what is read with them within the first eight is seen before.
    private static let share = 8

    /// A bgpd never seen.
    package init() {}

    /// Whether new announcements may be written.
    package var isLoaded: Bool { state == .loaded }

    /// It could not be looked at, so what is seen next may be another one.
    package mutating func lost() {
        state = .absent
        isForced = false
        appeared = nil
        started = nil
    }

    /// Whether it is so new that what it lacks may yet be read.
    package func hasJustAppeared(at now: Moment) -> Bool {
        started.map { now - $0 < Self.longest } ?? false
    }

    /// How long to wait with the next look, at most, because more of its configuration may come;
    /// `nil` for one never seen.
    package func nextLook(at now: Moment) -> Duration? {
        appeared.map { max(Self.apart, (now - $0) / Self.share) }
    }

    /// A look showed this: whose connection, whether there is an instance, and the digest of the
    /// whole configuration; `nil` when that is not told, and then every look is taken for whole.
    ///
    /// Answers whether it has just begun to count as loaded.
    package mutating func saw(
        incarnation: Int,
        hasInstance: Bool,
        digest: UInt64?,
        at now: Moment
    ) -> Bool {
        if self.incarnation != incarnation { lost() }
        self.incarnation = incarnation
        // An instance that went may be read in anew.
        if !hasInstance, hadInstance { appeared = now }
        appeared = appeared ?? now
        started = started ?? now
        guard let digest else { return finish(hasInstance) }
        let seen = hasInstance ? digest : nil
        switch state {
        case .loaded:
            // It has come to rest at last.
            if isForced, digest == lastDigest { isForced = false }
            lastDigest = digest
            // An instance that went takes everything with it, and may be loaded anew.
            if !hasInstance { state = .loading(Loading(since: now, digest: nil, sameSince: now)) }
            return false
        case .absent:
            state = .loading(Loading(since: now, digest: seen, sameSince: now))
            return false
        case .loading(var loading):
            if seen == nil || loading.digest != seen {
                // Waiting for an instance is not a configuration that keeps changing.
                let isNew = loading.digest == nil
                loading = Loading(
                    since: isNew ? now : loading.since,
                    digest: seen,
                    sameSince: now
                )
            } else if now - loading.sameSince >= Self.apart {
                state = .loaded
                return true
            }
            if seen != nil, now - loading.since >= Self.longest {
                state = .loaded
                isForced = true
                return true
            }
            state = .loading(loading)
            return false
        }
    }

    /// We wrote to it ourselves: the next look will show something else, and that is no sign.
    package mutating func wrote(at now: Moment) {
        guard case .loading(var loading) = state, loading.digest != nil else { return }
        loading.digest = 0
        loading.sameSince = now
        state = .loading(loading)
    }

    /// Whether the last look showed an instance.
    private var hadInstance: Bool {
        switch state {
        case .absent: false
        case .loading(let loading): loading.digest != nil
        case .loaded: true
        }
    }

    private mutating func finish(_ hasInstance: Bool) -> Bool {
        let wasLoaded = isLoaded
        state = hasInstance ? .loaded : .absent
        return hasInstance && !wasLoaded
    }
}
