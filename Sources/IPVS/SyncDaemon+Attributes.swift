import Net
package import Netlink

extension SyncDaemon {
    /// Writes all that is said of a daemon; what is `nil` is left to the kernel.
    ///
    /// The port is in host byte order, unlike all other ports of the family.
    package func write(to writer: inout AttributeWriter) {
        writer.put(DaemonAttribute.role, role.number)
        writer.put(DaemonAttribute.interface, interface)
        writer.put(DaemonAttribute.identifier, identifier)
        if let maximumLength { writer.put(DaemonAttribute.maximumLength, maximumLength) }
        if let port { writer.put(DaemonAttribute.port, port.number) }
        if let timeToLive { writer.put(DaemonAttribute.timeToLive, timeToLive) }
        if let group {
            let isV4 = group.family == .v4
            writer.put(isV4 ? DaemonAttribute.group : DaemonAttribute.group6, group.bytes)
        }
    }
}

extension SyncDaemon.Role {
    /// Writes the attribute by which a daemon is stopped.
    func write(to writer: inout AttributeWriter) { writer.put(DaemonAttribute.role, number) }

    /// The kernel's number.
    fileprivate var number: UInt32 {
        switch self {
        case .master: DaemonNumber.master
        case .backup: DaemonNumber.backup
        }
    }

    fileprivate init(number: UInt32) throws(NetlinkError) {
        switch number {
        case DaemonNumber.master: self = .master
        case DaemonNumber.backup: self = .backup
        default: throw .malformed("\(number) is not a role of a sync daemon")
        }
    }
}

/// The attributes of a sync daemon as they came, before anybody asks what they mean.
struct DaemonAttributes {
    private var number: UInt32?
    private var interface: String?
    private var identifier: UInt32?
    private var maximumLength: UInt16?
    private var group: ArraySlice<UInt8>?
    private var group6: ArraySlice<UInt8>?
    private var port: UInt16?
    private var timeToLive: UInt8?

    init(_ bytes: ArraySlice<UInt8>) throws(NetlinkError) {
        var reader = AttributeReader(bytes)
        while let attribute = reader.next() {
            switch attribute.type {
            case DaemonAttribute.role: number = reader.number(attribute)
            case DaemonAttribute.interface: interface = reader.text(attribute)
            case DaemonAttribute.identifier: identifier = reader.number(attribute)
            case DaemonAttribute.maximumLength: maximumLength = reader.number(attribute)
            case DaemonAttribute.group: group = attribute.value
            case DaemonAttribute.group6: group6 = attribute.value
            case DaemonAttribute.port: port = reader.number(attribute)
            case DaemonAttribute.timeToLive: timeToLive = reader.number(attribute)
            default: break
            }
        }
        if let error = reader.error { throw error }
    }

    func role() throws(NetlinkError) -> SyncDaemon.Role {
        try SyncDaemon.Role(number: require(number, "a sync daemon's role"))
    }

    func daemon() throws(NetlinkError) -> SyncDaemon {
        var address: IPAddress?
        if let group6 {
            address = try IPAddress(union: group6, .v6)
        } else if let group {
            address = try IPAddress(union: group, .v4)
        }
        return SyncDaemon(
            try role(),
            interface: try require(interface, "a sync daemon's interface"),
            identifier: try require(identifier, "a sync daemon's identifier"),
            maximumLength: maximumLength,
            group: address,
            port: port.map { Port($0) },
            timeToLive: timeToLive
        )
    }
}
