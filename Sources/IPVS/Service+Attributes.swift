import Net
package import Netlink

extension ServiceIdentity {
    /// Writes the attributes that identify the service.
    ///
    /// The mark goes alone: to the kernel its mere presence means that the others do not count.
    package func write(to writer: inout AttributeWriter) {
        writer.put(ServiceAttribute.family, family.number)
        switch self {
        case .address(let address, let transport, let port):
            writer.put(ServiceAttribute.transport, UInt16(transport.rawValue))
            writer.putNetworkOrder(ServiceAttribute.address, address.union)
            writer.putNetworkOrder(ServiceAttribute.port, port.number)
        case .mark(let mark, _):
            writer.put(ServiceAttribute.mark, mark)
        }
    }
}

extension Service {
    /// Writes identity and configuration, complete as the kernel wants it for a new service.
    ///
    /// - Parameters:
    ///   - writer: Where to.
    ///   - kernelBits: Flags that the kernel adds when it shows a service.
    package func write(to writer: inout AttributeWriter, kernelBits: UInt32 = 0) {
        identity.write(to: &writer)
        writer.put(ServiceAttribute.scheduler, scheduler.name)
        if let engine { writer.put(ServiceAttribute.engine, engine) }
        let persistent = persistence == nil ? 0 : ServiceFlagBits.persistent
        // `struct ip_vs_flags`: the bits, then which of them are meant. All are, for what is not
        // wanted has to go.
        writer.put(ServiceAttribute.flags, flags.rawValue | persistent | kernelBits, UInt32.max)
        writer.put(ServiceAttribute.timeout, persistence?.timeout ?? 0)
        let granularity = persistence?.granularity ?? identity.family.bitWidth
        switch identity.family {
        case .v4: writer.putNetworkOrder(ServiceAttribute.netmask, UInt32(prefix: granularity))
        case .v6: writer.put(ServiceAttribute.netmask, UInt32(clamping: granularity))
        }
    }
}

extension ObservedService {
    /// Writes what the kernel shows of a service.
    package func write(to writer: inout AttributeWriter) {
        service.write(to: &writer, kernelBits: ServiceFlagBits.hashed)
        statistics.write(
            to: &writer,
            narrow: ServiceAttribute.statistics,
            wide: ServiceAttribute.statistics64
        )
    }
}

/// The attributes of a service as they came, before anybody asks what they mean.
struct ServiceAttributes {
    private var family: UInt16?
    private var transport: UInt16?
    private var address: ArraySlice<UInt8>?
    private var port: UInt16?
    private var mark: UInt32?
    private var scheduler: String?
    private var flags: ArraySlice<UInt8>?
    private var timeout: UInt32?
    private var netmask: ArraySlice<UInt8>?
    private var engine: String?
    private var narrow: ArraySlice<UInt8>?
    private var wide: ArraySlice<UInt8>?

    init(_ bytes: ArraySlice<UInt8>) throws(NetlinkError) {
        var reader = AttributeReader(bytes)
        while let attribute = reader.next() {
            switch attribute.type {
            case ServiceAttribute.family: family = reader.number(attribute)
            case ServiceAttribute.transport: transport = reader.number(attribute)
            case ServiceAttribute.address: address = attribute.value
            case ServiceAttribute.port: port = reader.networkOrder(attribute)
            case ServiceAttribute.mark: mark = reader.number(attribute)
            case ServiceAttribute.scheduler: scheduler = reader.text(attribute)
            case ServiceAttribute.flags: flags = attribute.value
            case ServiceAttribute.timeout: timeout = reader.number(attribute)
            case ServiceAttribute.netmask: netmask = attribute.value
            case ServiceAttribute.statistics: narrow = attribute.value
            case ServiceAttribute.engine: engine = reader.text(attribute)
            case ServiceAttribute.statistics64: wide = attribute.value
            default: break
            }
        }
        if let error = reader.error { throw error }
    }

    /// Which service it is; `nil` when its protocol has no name here.
    ///
    /// The kernel takes any protocol number from anybody, and never finds a packet for most.
    func identity() throws(NetlinkError) -> ServiceIdentity? {
        let family = try AddressFamily(number: require(family, "a service's address family"))
        if let mark, mark != 0 { return .mark(mark, family) }
        let number = try require(transport, "a service's protocol")
        let address = try IPAddress(union: require(address, "a service's address"), family)
        let port = try require(port, "a service's port")
        guard let narrow = UInt8(exactly: number),
            let transport = TransportProtocol(rawValue: narrow)
        else { return nil }
        return .address(address, transport, Port(port))
    }

    /// Identity and configuration; `nil` when its protocol has no name here.
    func service() throws(NetlinkError) -> Service? {
        guard let identity = try identity() else { return nil }
        let name = try require(scheduler, "a service's scheduler")
        let timeout = try require(timeout, "a service's timeout")
        let bytes = try require(flags, "a service's flags")
        guard bytes.count == 8, let bits = UInt32(hostOrder: bytes.prefix(4)),
            let mask = UInt32(hostOrder: bytes.suffix(4))
        else { throw .malformed("a service's flags are not two numbers of 32 bits") }
        let granularity = try granularity(identity.family)
        let scheduler: Scheduler
        do throws(ParseError) {
            scheduler = try Scheduler(parsing: name)
        } catch {
            throw .malformed("\(error)")
        }
        let persistent = bits & mask & ServiceFlagBits.persistent != 0
        return Service(
            identity,
            scheduler: scheduler,
            flags: ServiceFlags(rawValue: bits & mask),
            persistence: persistent
                ? Persistence(timeout: timeout, granularity: granularity) : nil,
            engine: engine
        )
    }

    /// What the kernel shows of a service; `nil` when its protocol has no name here.
    func observed() throws(NetlinkError) -> ObservedService? {
        guard let service = try service() else { return nil }
        return ObservedService(service, try Statistics(narrow: narrow, wide: wide))
    }

    /// The prefix length in `netmask`: a mask in network order for IPv4, a number for IPv6.
    private func granularity(_ family: AddressFamily) throws(NetlinkError) -> Int {
        guard let number = UInt32(hostOrder: try require(netmask, "a service's netmask")) else {
            throw .malformed("a service's netmask is not a number of 32 bits")
        }
        switch family {
        case .v4: return UInt32(bigEndian: number).prefixLength ?? Persistence.irregular
        case .v6:
            guard (1...128).contains(number) else {
                throw .malformed("an IPv6 service's prefix length is \(number)")
            }
            return Int(number)
        }
    }
}

extension UInt32 {
    /// The IPv4 netmask with this many leading ones.
    init(prefix length: Int) { self = length <= 0 ? 0 : ~0 << (32 - length) }

    /// The number of leading ones if only zeros follow them.
    var prefixLength: Int? {
        let ones = (~self).leadingZeroBitCount
        return UInt32(prefix: ones) == self ? ones : nil
    }
}
