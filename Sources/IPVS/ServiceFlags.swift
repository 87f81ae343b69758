/// What a service does differently; bits of `IP_VS_SVC_F_*` that an operator may choose.
///
/// Schedulers share the bits, so a name means something only together with its scheduler.
public struct ServiceFlags: OptionSet, Hashable, Sendable {
    public let rawValue: UInt32

    /// Bits that say nothing an operator chose are dropped, so that what is wanted and what is
    /// seen compare.
    public init(rawValue: UInt32) {
        self.rawValue = rawValue & ~(ServiceFlagBits.persistent | ServiceFlagBits.hashed)
    }

    /// Schedules every UDP packet by itself (`ops`).
    public static let onePacket = ServiceFlags(rawValue: 0x4)
    /// `flag-1`: `mh-fallback` and `sh-fallback`, another destination when one has weight 0.
    public static let fallback = ServiceFlags(rawValue: 0x8)
    /// `flag-2`: `mh-port` and `sh-port`, hash the client's port as well.
    public static let port = ServiceFlags(rawValue: 0x10)
    /// `flag-3`, of no use yet.
    public static let third = ServiceFlags(rawValue: 0x20)

    /// The flag of this name under `scheduler`, in the words of ipvsadm; `nil` if it has none.
    public init?(name: String, scheduler: Scheduler) {
        guard let flag = Self.named(scheduler).first(where: { $0.name == name })?.flag else {
            return nil
        }
        self = flag
    }

    /// The names of these flags under `scheduler`, in the words of ipvsadm.
    public func names(scheduler: Scheduler) -> [String] {
        Self.named(scheduler).filter { contains($0.flag) }.map(\.name)
    }

    private static func named(_ scheduler: Scheduler) -> [(name: String, flag: ServiceFlags)] {
        let hashes = [Scheduler.maglev, .sourceHashing].contains(scheduler)
        return [
            ("ops", .onePacket),
            (hashes ? "\(scheduler)-fallback" : "flag-1", .fallback),
            (hashes ? "\(scheduler)-port" : "flag-2", .port),
            ("flag-3", .third),
        ]
    }
}
