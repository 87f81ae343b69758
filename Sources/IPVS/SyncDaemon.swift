public import Net

/// A daemon of the kernel that tells other directors of its connections, or listens to them.
///
/// A network namespace has at most one of each role; both may run at once. They are of no use
/// where every director picks the same destination anyway (Maglev hashing with `sloppy_tcp`), and
/// the kernel refuses them while a destination is of another family than its service.
///
/// What is `nil` here is the kernel's choice when a daemon is started; a daemon that is listed
/// has everything but on kernels before 4.3, which know interface and identifier only
/// (net/netfilter/ipvs/ip_vs_sync.c, `start_sync_thread`).
public struct SyncDaemon: Hashable, Sendable {
    /// What a daemon does.
    public enum Role: Hashable, Sendable, CaseIterable {
        /// Sends connections of this director.
        case master
        /// Takes connections of other directors.
        case backup
    }

    /// What it does.
    public var role: Role
    /// The network interface through which it multicasts, by a name of 1 to 15 bytes.
    public var interface: String
    /// Which group of directors it belongs to, 0...255; a backup with 0 takes those of all.
    public var identifier: UInt32
    /// The bytes of UDP payload that a message may have, by default what fits in the interface's
    /// MTU; the kernel puts what is out of range at its end.
    public var maximumLength: UInt16?
    /// The multicast address to which messages go, by default 224.0.0.81.
    public var group: IPAddress?
    /// The UDP port of messages, by default 8848; several threads use the ports after it.
    public var port: Port?
    /// How many routers a message passes, by default 1.
    public var timeToLive: UInt8?

    /// A daemon of these parts.
    public init(
        _ role: Role,
        interface: String,
        identifier: UInt32 = 0,
        maximumLength: UInt16? = nil,
        group: IPAddress? = nil,
        port: Port? = nil,
        timeToLive: UInt8? = nil
    ) {
        self.role = role
        self.interface = interface
        self.identifier = identifier
        self.maximumLength = maximumLength
        self.group = group
        self.port = port
        self.timeToLive = timeToLive
    }
}

extension SyncDaemon.Role: CustomStringConvertible {
    /// The word that ipvsadm uses.
    public var description: String {
        switch self {
        case .master: "master"
        case .backup: "backup"
        }
    }
}
