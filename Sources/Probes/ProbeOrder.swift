package import Core

/// A probe that is to be carried out.
package struct ProbeOrder: Sendable {
    /// The turn of the schedule that it is.
    package let run: ProbeSchedule.Run
    /// When it was ordered, on the clock of whoever did.
    package let started: Moment
    /// What the packets are sent to and how: the target of the turn, with everything known.
    package let target: ProbeTarget
    /// What whoever carries it out for another knows it by.
    let ticket: UInt32

    /// The probe of `run`, sent as `target` if it is said otherwise than there.
    package init(_ run: ProbeSchedule.Run, started: Moment, as target: ProbeTarget? = nil) {
        self.init(run, started: started, as: target, ticket: 0)
    }

    /// The probe of `run` that is known as `ticket`.
    init(
        _ run: ProbeSchedule.Run,
        started: Moment,
        as target: ProbeTarget? = nil,
        ticket: UInt32
    ) {
        self.run = run
        self.started = started
        self.target = target ?? run.target
        self.ticket = ticket
    }
}

/// What came of a probe.
package struct ProbeEnd: Sendable {
    /// The probe.
    package let order: ProbeOrder
    /// What came of it.
    package let outcome: Outcome

    /// The end of `order`.
    package init(_ order: ProbeOrder, _ outcome: Outcome) {
        self.order = order
        self.outcome = outcome
    }
}

/// Carries out many probes at once, without a task for each.
package protocol ProbeCarrier: Sendable {
    /// Whether it can carry out probes of `target`.
    func carries(_ target: ProbeTarget) -> Bool
    /// Makes these the targets that may be asked for; what others were known by is forgotten.
    func update(targets: [ProbeTarget])
    /// Begins probes of targets that it carries; each is reported once, until `stop`.
    func start(_ orders: [ProbeOrder])
    /// Drops what is under way, and reports nothing more.
    func stop()
}

extension ProbeCarrier {
    /// Nothing, for one that keeps nothing of a target.
    package func update(targets: [ProbeTarget]) {}
}
