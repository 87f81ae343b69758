import Core
import Net

/// Since when each address is seen to be announced as it is.
///
/// Where bgpd does not show what it has left to send, only time tells: a peer has been sent what
/// stands now once the interval between two advertisements to it has passed since.
actor FormMemory {
    private var since: [IPAddress: (form: Announcement, since: ContinuousClock.Instant)] = [:]

    /// Takes in how addresses are announced now; answers for how long each has been seen so.
    func see(
        _ forms: [IPAddress: Announcement],
        now: ContinuousClock.Instant
    ) -> [IPAddress: Duration] {
        var seen: [IPAddress: (form: Announcement, since: ContinuousClock.Instant)] = [:]
        for (address, form) in forms {
            if let before = since[address], before.form == form {
                seen[address] = before
            } else {
                seen[address] = (form, now)
            }
        }
        since = seen
        return seen.mapValues { now - $0.since }
    }

    /// These were written: how they are announced begins anew.
    func forget(_ addresses: some Sequence<IPAddress> & Sendable) {
        for address in addresses { since[address] = nil }
    }
}
