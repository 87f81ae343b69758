// The numbers of linux/ip_vs.h, each named once. A test compares them with the header.

/// The generic netlink family of IPVS.
package enum IPVSFamily {
    /// `IPVS_GENL_NAME`; looking it up makes the kernel load the module.
    package static let name = "IPVS"
    /// `IPVS_GENL_VERSION`.
    package static let version: UInt8 = 1
    /// The length of `genlmsghdr`: command, version and two reserved bytes.
    package static let headerLength = 4
}

/// The flags of a netlink request that are used here (linux/netlink.h).
package enum RequestFlags {
    /// `NLM_F_DUMP`: `NLM_F_ROOT` and `NLM_F_MATCH`.
    package static let dump: UInt16 = 0x300
}

/// The commands, `IPVS_CMD_*`.
package enum IPVSCommand: UInt8, CaseIterable, Sendable {
    case newService = 1
    case setService = 2
    case deleteService = 3
    case getService = 4
    case newDestination = 5
    case setDestination = 6
    case deleteDestination = 7
    case getDestination = 8
    case newDaemon = 9
    case deleteDaemon = 10
    case getDaemon = 11
    case setConfig = 12
    case getConfig = 13
    case setInfo = 14
    case getInfo = 15
    case zero = 16
    case flush = 17
}

/// The attributes of a command, `IPVS_CMD_ATTR_*`.
package enum CommandAttribute {
    /// What is nested first, then numbers of seconds.
    package static let service: UInt16 = 1
    package static let destination: UInt16 = 2
    package static let daemon: UInt16 = 3
    package static let timeoutTCP: UInt16 = 4
    package static let timeoutTCPFin: UInt16 = 5
    package static let timeoutUDP: UInt16 = 6
}

/// The attributes of a service, `IPVS_SVC_ATTR_*`.
package enum ServiceAttribute {
    /// Identity first, then configuration, then what was counted.
    package static let family: UInt16 = 1
    package static let transport: UInt16 = 2
    package static let address: UInt16 = 3
    package static let port: UInt16 = 4
    package static let mark: UInt16 = 5
    package static let scheduler: UInt16 = 6
    package static let flags: UInt16 = 7
    package static let timeout: UInt16 = 8
    package static let netmask: UInt16 = 9
    package static let statistics: UInt16 = 10
    package static let engine: UInt16 = 11
    package static let statistics64: UInt16 = 12
}

/// The attributes of a destination, `IPVS_DEST_ATTR_*`.
package enum DestinationAttribute {
    /// In the order of the header, which is that of its history.
    package static let address: UInt16 = 1
    package static let port: UInt16 = 2
    package static let forwarding: UInt16 = 3
    package static let weight: UInt16 = 4
    package static let upperThreshold: UInt16 = 5
    package static let lowerThreshold: UInt16 = 6
    package static let activeConnections: UInt16 = 7
    package static let inactiveConnections: UInt16 = 8
    package static let persistentConnections: UInt16 = 9
    package static let statistics: UInt16 = 10
    package static let family: UInt16 = 11
    package static let statistics64: UInt16 = 12
    package static let tunnelKind: UInt16 = 13
    package static let tunnelPort: UInt16 = 14
    package static let tunnelFlags: UInt16 = 15
}

/// The attributes of statistics, `IPVS_STATS_ATTR_*`.
package enum StatisticsAttribute {
    /// Five totals, then five rates of the same.
    package static let connections: UInt16 = 1
    package static let inPackets: UInt16 = 2
    package static let outPackets: UInt16 = 3
    package static let inBytes: UInt16 = 4
    package static let outBytes: UInt16 = 5
    package static let connectionRate: UInt16 = 6
    package static let inPacketRate: UInt16 = 7
    package static let outPacketRate: UInt16 = 8
    package static let inByteRate: UInt16 = 9
    package static let outByteRate: UInt16 = 10
}

/// The attributes of a sync daemon, `IPVS_DAEMON_ATTR_*`; from the fourth on since Linux 4.3.
package enum DaemonAttribute {
    /// In the order of the header.
    package static let role: UInt16 = 1
    package static let interface: UInt16 = 2
    package static let identifier: UInt16 = 3
    package static let maximumLength: UInt16 = 4
    package static let group: UInt16 = 5
    package static let group6: UInt16 = 6
    package static let port: UInt16 = 7
    package static let timeToLive: UInt16 = 8
}

/// What a sync daemon does, `IP_VS_STATE_MASTER` and `IP_VS_STATE_BACKUP`.
package enum DaemonNumber {
    /// In the order of the header.
    package static let master: UInt32 = 1
    package static let backup: UInt32 = 2
}

/// The attributes of the answer to `getInfo`, `IPVS_INFO_ATTR_*`.
package enum InfoAttribute {
    /// Both are numbers of 32 bits.
    package static let version: UInt16 = 1
    package static let connectionTableSize: UInt16 = 2
}

/// The bits of a service's flags that are not for an operator, `IP_VS_SVC_F_*`.
package enum ServiceFlagBits {
    /// `IP_VS_SVC_F_PERSISTENT`: set exactly when the service has a `Persistence`.
    package static let persistent: UInt32 = 0x1
    /// `IP_VS_SVC_F_HASHED`: the kernel's own, set in everything it says.
    package static let hashed: UInt32 = 0x2
}

/// How packets reach a destination, `IP_VS_CONN_F_*` under `IP_VS_CONN_F_FWD_MASK`.
package enum ForwardingNumber {
    /// In the order of the header.
    package static let masquerade: UInt32 = 0
    package static let local: UInt32 = 1
    package static let tunnel: UInt32 = 2
    package static let directRouting: UInt32 = 3
    package static let bypass: UInt32 = 4
}

/// How a tunnel wraps packets, `IP_VS_CONN_F_TUNNEL_TYPE_*`.
package enum TunnelNumber {
    /// In the order of the header, from Linux 5.2 and 5.3.
    package static let ipip: UInt8 = 0
    package static let gue: UInt8 = 1
    package static let gre: UInt8 = 2
}

/// Address families as the kernel numbers them.
package enum FamilyNumber {
    /// `AF_INET`.
    package static let v4: UInt16 = 2
    /// `AF_INET6`.
    package static let v6: UInt16 = 10
}

/// Bounds of what the kernel takes or can mean.
public enum IPVSLimits {
    /// Letters in the name of a scheduler or an engine: `IP_VS_SCHEDNAME_MAXLEN` and
    /// `IP_VS_PENAME_MAXLEN` without the NUL.
    public static let nameLength = 15
    /// Bytes in the name of a network interface: `IFNAMSIZ` without the NUL.
    public static let interfaceNameLength = 15
    /// The identifier of a sync daemon has one byte in its messages.
    public static let daemonIdentifier: UInt32 = 255
    /// Seconds that a timeout may have: the kernel counts them in ticks of up to 1000 Hz within
    /// 31 bits, and says EINVAL to more.
    public static let timeout: ClosedRange<UInt32> = 1...(UInt32(Int32.max) / 1000)
    /// Weights beyond this are not what any scheduler was made for; ipvsadm has the same bound.
    public static let weights = 0...65535
    /// Thresholds are signed numbers inside the kernel; newer ones refuse more themselves.
    public static let threshold = UInt32(Int32.max)
    /// Seconds of persistence: 31 days, as in ipvsadm, because the kernel multiplies by its clock
    /// rate without looking.
    public static let persistence: ClosedRange<UInt32> = 1...(31 * 86_400)
    /// Operations sent at once.
    ///
    /// Their worst case is one error reply each, which must fit into the receive buffer, and
    /// beyond this size nothing is gained.
    public static let batch = 256
    /// Lists of destinations asked for in one go: a change that comes up meanwhile waits for
    /// them, which is a millisecond or so, and more at once saves nothing.
    public static let listsAtOnce = 32
    /// How often a list is read again when somebody changed it meanwhile.
    public static let readings = 3
}
