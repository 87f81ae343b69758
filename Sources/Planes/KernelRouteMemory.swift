import Core
import Net

/// Since when the kernel has had which level of each VIP, and which routes have to be made anew.
///
/// bgpd does not say which metric it has taken from zebra, so a level counts as taken when it has
/// been there for a while; and zebra does not look again at a route that it has refused.
struct KernelRouteMemory: Sendable {
    /// How long a level must have been there before what peers are sent is taken to be it.
    ///
    /// zebra reads the kernel's word at once and bgpd what zebra writes; both took less than 0.1 s
    /// with ten thousand routes. Ten times that costs a drain one second.
    static let settling: Duration = .seconds(1)

    private var since: [IPAddress: (level: Announcement.Level?, since: ContinuousClock.Instant)] =
        [:]
    /// The routes that are removed before they are added, so that zebra looks at them again.
    private(set) var unnoticed: Set<IPAddress> = []
    /// The addresses that bgpd has statements of ours for.
    private(set) var statements: Set<IPAddress> = []

    /// Takes in what the kernel has now.
    mutating func see(
        _ addresses: some Collection<IPAddress>,
        level: (IPAddress) -> Announcement.Level?,
        now: ContinuousClock.Instant
    ) {
        var seen: [IPAddress: (level: Announcement.Level?, since: ContinuousClock.Instant)] = [:]
        for address in addresses {
            let level = level(address)
            if let before = since[address], before.level == level {
                seen[address] = before
            } else {
                seen[address] = (level, now)
            }
        }
        since = seen
        unnoticed.formIntersection(seen.keys)
    }

    /// The level of `address`, once it has been there for long enough.
    func settledLevel(
        of address: IPAddress,
        now: ContinuousClock.Instant
    ) -> Announcement.Level? {
        guard let entry = since[address], now - entry.since >= Self.settling else { return nil }
        return entry.level
    }

    /// Whether a route to `address` has been there for long enough to be noticed by zebra.
    func isOld(_ address: IPAddress, now: ContinuousClock.Instant) -> Bool {
        since[address].map { now - $0.since >= Self.settling } ?? false
    }

    /// Takes in what zebra and bgpd were seen to have.
    mutating func see(unnoticed addresses: Set<IPAddress>, statements: Set<IPAddress>) {
        unnoticed = addresses
        self.statements = statements
    }

    /// These routes were made anew, or are gone.
    mutating func forget(_ addresses: some Sequence<IPAddress>) {
        for address in addresses {
            since[address] = nil
            unnoticed.remove(address)
        }
    }
}
