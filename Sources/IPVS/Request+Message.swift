package import Netlink

extension Request {
    /// The message that asks for this, to the family with this id.
    package func message(family: UInt16) -> Message {
        var writer = AttributeWriter(after: [command.rawValue, IPVSFamily.version, 0, 0])
        switch self {
        case .change(let operation): operation.write(to: &writer)
        case .service(let identity), .destinations(let identity):
            writer.nest(CommandAttribute.service) { identity.write(to: &$0) }
        case .services, .info, .timeouts, .daemons: break
        }
        return Message(
            type: family,
            flags: isDump ? RequestFlags.dump : 0,
            payload: writer.bytes
        )
    }

    /// True when the answer is a list.
    package var isDump: Bool {
        switch self {
        case .services, .destinations, .daemons: true
        case .change, .service, .info, .timeouts: false
        }
    }

    private var command: IPVSCommand {
        switch self {
        case .change(let operation): operation.command
        case .services, .service: .getService
        case .destinations: .getDestination
        case .info: .getInfo
        case .timeouts: .getConfig
        case .daemons: .getDaemon
        }
    }

    /// Reads a request, as a kernel would.
    ///
    /// - Throws: `NetlinkError.malformed` for what this library would not have sent.
    package init(decoding message: Message) throws(NetlinkError) {
        let parts = try MessageParts(message)
        let dump = message.flags & RequestFlags.dump == RequestFlags.dump
        switch parts.command {
        case .getService where dump: self = .services
        case .getService: self = .service(try parts.identity())
        case .getDestination where dump: self = .destinations(of: try parts.identity())
        case .getInfo: self = .info
        case .getConfig: self = .timeouts
        case .getDaemon where dump: self = .daemons
        default: self = .change(try Operation(parts))
        }
    }
}

extension Operation {
    var command: IPVSCommand {
        switch self {
        case .newService: .newService
        case .updateService: .setService
        case .deleteService: .deleteService
        case .newDestination: .newDestination
        case .updateDestination: .setDestination
        case .deleteDestination: .deleteDestination
        case .zero: .zero
        case .setTimeouts: .setConfig
        case .flush: .flush
        case .startDaemon: .newDaemon
        case .stopDaemon: .deleteDaemon
        }
    }

    /// Adds the message that asks for this, to the family with this id.
    func append(to list: inout MessageList, family: UInt16) {
        list.append(type: family, command: command.rawValue, version: IPVSFamily.version) {
            write(to: &$0)
        }
    }

    fileprivate func write(to writer: inout AttributeWriter) {
        switch self {
        case .newService(let service), .updateService(let service):
            writer.nest(CommandAttribute.service) { service.write(to: &$0) }
        case .deleteService(let identity), .zero(let identity?):
            writer.nest(CommandAttribute.service) { identity.write(to: &$0) }
        case .newDestination(let destination, let identity),
            .updateDestination(let destination, let identity):
            writer.nest(CommandAttribute.service) { identity.write(to: &$0) }
            writer.nest(CommandAttribute.destination) { destination.write(to: &$0) }
        case .deleteDestination(let endpoint, let identity):
            writer.nest(CommandAttribute.service) { identity.write(to: &$0) }
            writer.nest(CommandAttribute.destination) { Destination.write(endpoint, to: &$0) }
        case .setTimeouts(let timeouts): timeouts.write(to: &writer)
        case .startDaemon(let daemon):
            writer.nest(CommandAttribute.daemon) { daemon.write(to: &$0) }
        case .stopDaemon(let role):
            writer.nest(CommandAttribute.daemon) { role.write(to: &$0) }
        case .zero(nil), .flush: break
        }
    }

    fileprivate init(_ parts: MessageParts) throws(NetlinkError) {
        switch parts.command {
        case .newService: self = .newService(try parts.wholeService())
        case .setService: self = .updateService(try parts.wholeService())
        case .deleteService: self = .deleteService(try parts.identity())
        case .newDestination:
            let identity = try parts.identity()
            self = .newDestination(
                try parts.destination().destination(service: identity.family),
                of: identity
            )
        case .setDestination:
            let identity = try parts.identity()
            self = .updateDestination(
                try parts.destination().destination(service: identity.family),
                of: identity
            )
        case .deleteDestination:
            let identity = try parts.identity()
            self = .deleteDestination(
                try parts.destination().endpoint(service: identity.family),
                of: identity
            )
        case .zero: self = .zero(parts.service == nil ? nil : try parts.identity())
        case .setConfig: self = .setTimeouts(try parts.timeouts())
        case .flush: self = .flush
        case .newDaemon: self = .startDaemon(try parts.daemon().daemon())
        case .deleteDaemon: self = .stopDaemon(try parts.daemon().role())
        case .getService, .getDestination, .getConfig, .setInfo, .getInfo, .getDaemon:
            throw .malformed("command \(parts.command.rawValue) is not a change")
        }
    }
}
