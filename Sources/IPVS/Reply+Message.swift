package import Net
package import Netlink

extension Reply {
    /// The message in which the kernel says this.
    package func message(family: UInt16) -> Message {
        var writer = AttributeWriter(after: [command.rawValue, IPVSFamily.version, 0, 0])
        switch self {
        case .service(let observed):
            writer.nest(CommandAttribute.service) { observed.write(to: &$0) }
        case .destination(let observed):
            writer.nest(CommandAttribute.destination) { observed.write(to: &$0) }
        case .info(let info):
            writer.put(InfoAttribute.version, info.version)
            writer.put(InfoAttribute.connectionTableSize, info.connectionTableSize)
        case .timeouts(let timeouts): timeouts.write(to: &writer)
        case .daemon(let daemon):
            writer.nest(CommandAttribute.daemon) { daemon.write(to: &$0) }
        }
        return Message(type: family, payload: writer.bytes)
    }

    private var command: IPVSCommand {
        switch self {
        case .service: .newService
        case .destination: .newDestination
        case .info: .setInfo
        case .timeouts: .setConfig
        case .daemon: .newDaemon
        }
    }

    /// Reads a reply; `nil` for a service whose protocol has no name here.
    ///
    /// - Parameters:
    ///   - message: What the kernel answered.
    ///   - service: The family of the service that was asked about, which destinations have when
    ///     they do not say their own.
    /// - Throws: `NetlinkError.malformed` for what is broken, or lacks what must be there.
    package init?(decoding message: Message, service: AddressFamily) throws(NetlinkError) {
        let parts = try MessageParts(message)
        switch parts.command {
        case .newService:
            let bytes = try require(parts.service, "the service")
            guard let observed = try ServiceAttributes(bytes).observed() else { return nil }
            self = .service(observed)
        case .newDestination:
            self = .destination(try parts.destination().observed(service: service))
        case .setInfo: self = .info(try parts.info())
        case .setConfig: self = .timeouts(try parts.timeouts())
        case .newDaemon: self = .daemon(try parts.daemon().daemon())
        default: throw .malformed("command \(parts.command.rawValue) is not an answer")
        }
    }
}

extension Timeouts {
    func write(to writer: inout AttributeWriter) {
        writer.put(CommandAttribute.timeoutTCP, tcp)
        writer.put(CommandAttribute.timeoutTCPFin, tcpFin)
        writer.put(CommandAttribute.timeoutUDP, udp)
    }
}

/// A message of the family, taken apart one level deep.
struct MessageParts {
    let command: IPVSCommand
    /// The attributes of the service, if it has one.
    private(set) var service: ArraySlice<UInt8>?
    private var nestedDestination: ArraySlice<UInt8>?
    private var nestedDaemon: ArraySlice<UInt8>?
    /// Everything after the header.
    private let body: ArraySlice<UInt8>

    init(_ message: Message) throws(NetlinkError) {
        guard message.payload.count >= IPVSFamily.headerLength else {
            throw .malformed("a message of IPVS ends within its header")
        }
        guard let command = IPVSCommand(rawValue: message.payload[0]) else {
            throw .malformed("\(message.payload[0]) is not a command of IPVS")
        }
        self.command = command
        body = message.payload.dropFirst(IPVSFamily.headerLength)
        // The answer about the version has attributes of its own with the same numbers.
        guard command != .setInfo else { return }
        var reader = AttributeReader(body)
        while let attribute = reader.next() {
            switch attribute.type {
            case CommandAttribute.service: service = attribute.value
            case CommandAttribute.destination: nestedDestination = attribute.value
            case CommandAttribute.daemon: nestedDaemon = attribute.value
            default: break
            }
        }
        if let error = reader.error { throw error }
    }

    func identity() throws(NetlinkError) -> ServiceIdentity {
        let bytes = try require(service, "the service")
        return try require(ServiceAttributes(bytes).identity(), "the name of the protocol")
    }

    func wholeService() throws(NetlinkError) -> Service {
        let bytes = try require(service, "the service")
        return try require(ServiceAttributes(bytes).service(), "the name of the protocol")
    }

    func destination() throws(NetlinkError) -> DestinationAttributes {
        try DestinationAttributes(require(nestedDestination, "the destination"))
    }

    func daemon() throws(NetlinkError) -> DaemonAttributes {
        try DaemonAttributes(require(nestedDaemon, "the sync daemon"))
    }

    func timeouts() throws(NetlinkError) -> Timeouts {
        Timeouts(
            tcp: try require(number(CommandAttribute.timeoutTCP), "the timeout of TCP"),
            tcpFin: try require(number(CommandAttribute.timeoutTCPFin), "the timeout after FIN"),
            udp: try require(number(CommandAttribute.timeoutUDP), "the timeout of UDP")
        )
    }

    func info() throws(NetlinkError) -> Info {
        Info(
            version: try require(number(InfoAttribute.version), "the version"),
            connectionTableSize: try require(
                number(InfoAttribute.connectionTableSize),
                "the size of the connection table"
            )
        )
    }

    /// The number of 32 bits in the first-level attribute of this type, if it is there.
    private func number(_ type: UInt16) throws(NetlinkError) -> UInt32? {
        var found: UInt32?
        var reader = AttributeReader(body)
        while let attribute = reader.next() {
            if attribute.type == type { found = reader.number(attribute) }
        }
        if let error = reader.error { throw error }
        return found
    }
}
