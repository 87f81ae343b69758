package import Net

/// The work of one real server passing to another of the same service, a step at a time.
///
/// It is a function of time, so nothing but its beginning has to be remembered: a restarted
/// director goes on where the clock says. While it runs, `to` takes part whatever its own state
/// is. At its end `from` is drained and `to` is ready; when it stops before, both are again what
/// they were without it.
package struct Handover: Hashable, Sendable {
    /// The shortest and the longest: a step of a second, and a day, beyond which a unit has been
    /// mistaken.
    package static let limits = Duration.seconds(10)...Duration.seconds(86_400)

    /// The service.
    package let service: ServiceKey
    /// Who gives its work away.
    package let from: Endpoint
    /// Who takes it.
    package let to: Endpoint
    /// How long it takes.
    package let over: Duration
    /// When it began, in the driver's time.
    package let began: Moment
    /// Whether `to` had no work when it began; one that had keeps its weight throughout.
    package let raises: Bool
    /// Who ordered it and why; it has no end of its own.
    package let mandate: Mandate
    /// Why it was given up, once it was.
    package var stopped: String?

    /// A hand-over that began at `began`.
    package init(
        service: ServiceKey,
        from: Endpoint,
        to: Endpoint,
        over: Duration,
        began: Moment,
        raises: Bool,
        mandate: Mandate,
        stopped: String? = nil
    ) {
        self.service = service
        self.from = from
        self.to = to
        self.over = over
        self.began = began
        self.raises = raises
        self.mandate = mandate
        self.stopped = stopped
    }

    /// When it is complete.
    package var ends: Moment { began + over }

    /// Whether it is under way.
    package var isRunning: Bool { stopped == nil }

    /// Whether it is about the real server that `key` names.
    package func concerns(_ key: BackendKey) -> Bool {
        key.service == service && (key.endpoint == from || key.endpoint == to)
    }
}
