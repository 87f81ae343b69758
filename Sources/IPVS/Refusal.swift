public import Net

/// Why an operation is not sent: the kernel would take it, and it would not do what it says.
public enum Refusal: Hashable, Sendable {
    /// Port 0 takes every port, which works for persistent services only.
    case everyPortWithoutPersistence
    /// The mark 0 is that of packets nobody marked.
    case markZero
    /// The kernel would make something else of this many seconds.
    case persistenceTimeout(UInt32)
    /// No address of the family has a prefix of this length, or the kernel cannot use it.
    case granularity(Int, AddressFamily)
    /// This cannot be the name of a persistence engine.
    case engineName(String)
    /// Packets are not rewritten in direct routing and tunnels, so the port cannot change.
    case otherPort(Port, service: Port)
    /// Every packet of a service that is not UDP belongs to a connection.
    case onePacketWithoutUDP(TransportProtocol)
    /// An engine finds what belongs together among persistent connections only.
    case engineWithoutPersistence(String)
    /// No scheduler knows such a weight.
    case weight(Int)
    /// A lower threshold above the upper one is never reached, nor is one beyond all numbers.
    case thresholds(upper: UInt32, lower: UInt32)
    /// Only a tunnel leads from one family to the other.
    case mixedFamilies(AddressFamily, service: AddressFamily)
    /// A number that stands for no way of forwarding or wrapping.
    case unknownForwarding
    /// GUE is carried by UDP and needs a port there; the others have none.
    case tunnelPort(Port)
    /// These flags mean nothing for this encapsulation.
    case tunnelFlags(Tunnel.Flags)
    /// To the kernel a timeout of 0 means "as it was".
    case timeoutZero
    /// The kernel cannot count so many seconds.
    case timeout(UInt32)
    /// This cannot be the name of a network interface.
    case interfaceName(String)
    /// The identifier of a sync daemon has one byte in its messages.
    case daemonIdentifier(UInt32)
    /// Messages of a sync daemon go to a multicast address.
    case daemonGroup(IPAddress)
    /// To the kernel 0 means its own choice.
    case daemonZero
    /// Another operation on the same destination, next to this one, is refused; one without the
    /// other would lose the destination.
    case companion
}

extension Operation {
    /// Why this must not be sent; `nil` for what the kernel may judge.
    public var refusal: Refusal? {
        switch self {
        case .newService(let service), .updateService(let service): service.refusal
        case .newDestination(let destination, let identity),
            .updateDestination(let destination, let identity):
            identity.refusal ?? destination.refusal(of: identity)
        case .deleteService(let identity), .zero(let identity?),
            .deleteDestination(_, let identity):
            identity.refusal
        case .setTimeouts(let timeouts): timeouts.refusal
        case .startDaemon(let daemon): daemon.refusal
        case .zero(nil), .flush, .stopDaemon: nil
        }
    }
}

extension ServiceIdentity {
    fileprivate var refusal: Refusal? {
        // With a mark of 0 the kernel would go on to look for an address.
        if case .mark(0, _) = self { .markZero } else { nil }
    }
}

extension Service {
    fileprivate var refusal: Refusal? {
        if let refusal = identity.refusal { return refusal }
        if let engine, !Scheduler.isName(engine) { return .engineName(engine) }
        if flags.contains(.onePacket), case .address(_, let transport, _) = identity,
            transport != .udp
        {
            return .onePacketWithoutUDP(transport)
        }
        guard let persistence else {
            if let engine { return .engineWithoutPersistence(engine) }
            if case .address(_, _, 0) = identity { return .everyPortWithoutPersistence }
            return nil
        }
        guard IPVSLimits.persistence.contains(persistence.timeout) else {
            return .persistenceTimeout(persistence.timeout)
        }
        let lengths = (identity.family == .v4 ? 0 : 1)...identity.family.bitWidth
        return lengths.contains(persistence.granularity)
            ? nil : .granularity(persistence.granularity, identity.family)
    }
}

extension Destination {
    fileprivate func refusal(of service: ServiceIdentity) -> Refusal? {
        guard IPVSLimits.weights.contains(weight) else { return .weight(weight) }
        guard lowerThreshold <= upperThreshold, upperThreshold <= IPVSLimits.threshold else {
            return .thresholds(upper: upperThreshold, lower: lowerThreshold)
        }
        let family = endpoint.address.family
        switch forwarding {
        case .tunnel(let tunnel):
            return keepsPort(of: service) ?? tunnel.refusal
        case .unknown: return .unknownForwarding
        case .masquerade, .local, .bypass, .directRouting:
            guard family == service.family else {
                return .mixedFamilies(family, service: service.family)
            }
            return forwarding == .masquerade ? nil : keepsPort(of: service)
        }
    }

    private func keepsPort(of service: ServiceIdentity) -> Refusal? {
        endpoint.port == service.port ? nil : .otherPort(endpoint.port, service: service.port)
    }
}

extension Tunnel {
    fileprivate var refusal: Refusal? {
        let known: Flags
        switch kind {
        case .ipip: known = []
        case .gre: known = .checksum
        case .gue: known = [.checksum, .remoteChecksum]
        case .unknown: return .unknownForwarding
        }
        guard (kind == .gue) == (port != 0) else { return .tunnelPort(port) }
        return known.isSuperset(of: flags) ? nil : .tunnelFlags(flags)
    }
}

extension Timeouts {
    fileprivate var refusal: Refusal? {
        let all = [tcp, tcpFin, udp]
        if all.contains(0) { return .timeoutZero }
        return all.first { !IPVSLimits.timeout.contains($0) }.map { .timeout($0) }
    }
}

extension SyncDaemon {
    fileprivate var refusal: Refusal? {
        // The kernel's own rule is dev_valid_name: no blank, no slash, not "." nor "..".
        guard (1...IPVSLimits.interfaceNameLength).contains(interface.utf8.count),
            interface.utf8.allSatisfy({ (0x21...0x7e).contains($0) && $0 != UInt8(ascii: "/") }),
            interface != ".", interface != ".."
        else { return .interfaceName(interface) }
        guard identifier <= IPVSLimits.daemonIdentifier else {
            return .daemonIdentifier(identifier)
        }
        if let group, !group.isMulticast { return .daemonGroup(group) }
        return maximumLength == 0 || port == 0 || timeToLive == 0 ? .daemonZero : nil
    }
}

extension Refusal: CustomStringConvertible {
    /// The reason, as a sentence without its full stop.
    public var description: String {
        switch self {
        case .everyPortWithoutPersistence:
            "port 0 stands for every port, which only a persistent service can take"
        case .markZero: "mark 0 is that of every packet nobody marked"
        case .persistenceTimeout(let seconds):
            "a persistence of \(seconds) s is not within "
                + "\(IPVSLimits.persistence.lowerBound)...\(IPVSLimits.persistence.upperBound) s"
        case .granularity(let length, let family):
            "\(length) is not a prefix length for the clients of an "
                + "\(family == .v4 ? "IPv4 service (0...32)" : "IPv6 service (1...128)")"
        case .engineName(let name): "\"\(name)\" is not the name of a persistence engine"
        case .otherPort(let port, let service):
            "the packet would arrive at port \(service), not at \(port): nothing rewrites it"
        case .onePacketWithoutUDP(let transport):
            "\(transport) has connections, and only packets of UDP are scheduled one by one"
        case .engineWithoutPersistence(let name):
            "the engine \"\(name)\" is asked about persistent services only"
        case .weight(let weight):
            "weight \(weight) is not within "
                + "\(IPVSLimits.weights.lowerBound)...\(IPVSLimits.weights.upperBound)"
        case .thresholds(let upper, let lower):
            "the lower threshold \(lower) is above the upper one \(upper), "
                + "or that is above \(IPVSLimits.threshold)"
        case .mixedFamilies(let own, let service):
            "IPv\(own.rawValue) destinations of an IPv\(service.rawValue) service need a tunnel"
        case .unknownForwarding: "its forwarding method or encapsulation has no name"
        case .tunnelPort(let port): "tunnel port \(port): GUE needs one, the others have none"
        case .tunnelFlags(let flags): "its encapsulation has no flags \(flags.rawValue)"
        case .timeoutZero: "a timeout of 0 would change nothing"
        case .timeout(let seconds):
            "a timeout of \(seconds) s is above \(IPVSLimits.timeout.upperBound) s"
        case .interfaceName(let name): "\"\(name)\" is not the name of a network interface"
        case .daemonIdentifier(let number):
            "the identifier \(number) is above \(IPVSLimits.daemonIdentifier)"
        case .daemonGroup(let address): "\(address) is not a multicast address"
        case .daemonZero:
            "a length, port or time to live of 0 means the kernel's own; leave it out for that"
        case .companion:
            "the operation on the same destination next to it is refused, and one without the "
                + "other would lose the destination"
        }
    }
}
