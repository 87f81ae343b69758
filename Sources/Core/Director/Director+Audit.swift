import Net

// The audit: a glance at the table, often, so that what somebody else did to it is soon looked at.

/// What the audits of the table found, and what came of it.
struct AuditState: Sendable {
    /// When the next one is due.
    var next: Moment
    /// Whether one is under way.
    ///
    /// It holds nothing up: the weight of a server that died does not wait for a long table to be
    /// printed.
    var isUnderWay = false
    /// Whether the table was looked at or written to while it was under way.
    var isSpoiled = false
    /// The mark of what the last one found amiss, while a look is to confirm it.
    var suspicion: Int?
    /// The mark of what a look did not confirm.
    ///
    /// The listing has its faults, and the same one may show for as long as the table lasts. What
    /// was found untrue is not asked about again until it is something else.
    var refuted: Int?
    /// How often in a row a look found nothing amiss.
    var refutations = 0
    /// No look is asked for before this.
    var patientUntil: Moment
    /// Why the last one failed.
    var fault: Fault?

    /// No audit yet.
    init(next: Moment) {
        self.next = next
        patientUntil = next
    }
}

extension Director {
    /// When the next audit is due; `nil` while there can be none, until something is reported.
    var auditDue: Moment? {
        guard intent.ipvs.auditEvery != nil, !audit.isUnderWay,
            let table = planes[.ipvs], table.visibility == .seen, !table.isBusy
        else { return nil }
        return audit.next
    }

    /// The audit to make now, if it is time for one.
    mutating func beginAudit(at now: Moment) -> [Assignment] {
        guard let auditDue, auditDue <= now else { return [] }
        audit.isUnderWay = true
        audit.isSpoiled = false
        return [.audit]
    }

    /// The table was glanced at.
    package mutating func audited(_ listing: TableListing, at now: Moment) {
        endAudit(at: now)
        if audit.fault != nil { record(.plane, "the audit of IPVS works again") }
        audit.fault = nil
        guard !audit.isSpoiled else { return }
        guard let mark = mark(ofWhatIsAmissIn: listing) else {
            audit.suspicion = nil
            audit.refuted = nil
            audit.refutations = 0
            return
        }
        guard mark != audit.refuted, now >= audit.patientUntil else { return }
        audit.suspicion = mark
        planes[.ipvs]?.nextLook = now
    }

    /// The table could not be glanced at; looks go on as ever.
    package mutating func couldNotAudit(_ fault: Fault, at now: Moment) {
        endAudit(at: now)
        guard audit.fault != fault else { return }
        audit.fault = fault
        record(.plane, level: .warning, "the audit of IPVS failed: \(fault)")
    }

    private mutating func endAudit(at now: Moment) {
        toldTime = now
        audit.isUnderWay = false
        postponeAudit(at: now)
    }

    /// A look says all that an audit would.
    mutating func postponeAudit(at now: Moment) {
        audit.next = now + (intent.ipvs.auditEvery ?? intent.ipvs.reconcileEvery)
    }

    /// The table was looked at, and what was believed of it was right, or was not.
    mutating func settleSuspicion(isConfirmed: Bool, at now: Moment) {
        guard let suspicion = audit.suspicion else { return }
        audit.suspicion = nil
        guard !isConfirmed else {
            audit.refuted = nil
            audit.refutations = 0
            return
        }
        audit.refuted = suspicion
        audit.refutations += 1
        // One that is never twice the same must not lead to a look each time.
        let every = intent.ipvs.auditEvery ?? intent.ipvs.reconcileEvery
        let wait = every * (1 << min(audit.refutations, 10))
        audit.patientUntil = now + min(wait, intent.ipvs.reconcileEvery)
        record(.plane, level: .debug, "an audit of IPVS found what a look does not show")
    }

    /// A number that stands for everything in which `listing` is not as believed; `nil` when it is.
    ///
    /// It does not depend on the order of services, which means nothing.
    private func mark(ofWhatIsAmissIn listing: TableListing) -> Int? {
        var mark = 0
        var isAmiss = false
        func note(_ key: some Hashable, _ listed: ListedService?) {
            var hasher = Hasher()
            hasher.combine(key)
            hasher.combine(listed)
            mark ^= hasher.finalize()
            isAmiss = true
        }
        for (key, listed) in listing.services {
            guard let track = tracks[key.address] else {
                // Every service is ours there, also at an address that nobody knows of.
                if intent.ipvs.management == .all { note(key, listed) }
                continue
            }
            guard let believed = track.sight.slice.services[key.id], listed.matches(believed) else {
                note(key, listed)
                continue
            }
        }
        for (address, track) in tracks {
            for id in track.sight.slice.services.keys {
                let key = ServiceKey(address, id)
                if listing.services[key] == nil { note(key, nil) }
            }
        }
        for (key, listed) in probePaths.amiss(in: listing) { note(key, listed) }
        return isAmiss ? mark : nil
    }
}
