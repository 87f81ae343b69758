import Core
import Glibc
import NIOCore
import NIOPosix
import Net
import Netlink

/// The sockets of probes, with the source and the mark of their check.
enum ProbeSocket {
    /// The largest datagram that is read whole: above what an Ethernet frame carries.
    static let datagramBytes = 2048

    /// How much later than the deadline of a check NIO's own for connecting is, which is never to
    /// be the first.
    static let spareTime = TimeAmount.seconds(1)

    /// A connection to the endpoint of `target`, with `handler` at the end of its pipeline.
    static func connect(
        _ target: ProbeTarget,
        on loop: any EventLoop,
        initializing: @escaping @Sendable (any Channel) throws -> Void
    ) -> EventLoopFuture<any Channel> {
        let address: SocketAddress
        let source: SocketAddress?
        do {
            address = try SocketAddress(target.endpoint)
            source = try Self.source(target)
        } catch {
            return loop.makeFailedFuture(error)
        }
        var bootstrap = ClientBootstrap(group: loop)
            // The deadline of the check is the only one; NIO insists on its own.
            .connectTimeout(TimeAmount(target.check.timeout) + spareTime)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture { try initializing(channel) }
            }
        if let mark = target.check.origin.mark {
            bootstrap = bootstrap.channelOption(.mark, value: Int(mark))
        }
        if let source {
            // The port is chosen when the other end is known, or all probes of all servers together
            // would have the 28,000 ports of one address (ip(7), IP_BIND_ADDRESS_NO_PORT).
            bootstrap = bootstrap.channelOption(.bindAddressNoPort, value: 1).bind(to: source)
        }
        return bootstrap.connect(to: address)
    }

    /// A socket for datagrams to the endpoint of `target` and from nobody else.
    static func datagrams(
        _ target: ProbeTarget,
        subtype: CInt = 0,
        on loop: any EventLoop,
        initializing: @escaping @Sendable (any Channel) throws -> Void
    ) -> EventLoopFuture<any Channel> {
        let address: SocketAddress
        let source: SocketAddress?
        do {
            address = try subtype == 0 ? SocketAddress(target.endpoint) : portless(target)
            source = try Self.source(target)
        } catch {
            return loop.makeFailedFuture(error)
        }
        var bootstrap = DatagramBootstrap(group: loop)
            .protocolSubtype(NIOBSDSocket.ProtocolSubtype(rawValue: subtype))
            .channelOption(
                .recvAllocator,
                value: FixedSizeRecvByteBufferAllocator(capacity: datagramBytes)
            )
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture { try initializing(channel) }
            }
        if let mark = target.check.origin.mark {
            bootstrap = bootstrap.channelOption(.mark, value: Int(mark))
        }
        guard let source else { return bootstrap.connect(to: address) }
        return bootstrap.bind(to: source).flatMap { channel in
            channel.connect(to: address).map { channel }
                .flatMapErrorThrowing { error in
                    channel.close(promise: nil)
                    throw error
                }
        }
    }

    /// A socket for echoes of the address of `target`, without a port.
    ///
    /// One that needs no privilege where `net.ipv4.ping_group_range` lets us (icmp(7)), and else a
    /// raw one, which needs CAP_NET_RAW. Both hear one address only, not what all others are told.
    static func echoes(
        _ target: ProbeTarget,
        on loop: any EventLoop,
        initializing: @escaping @Sendable (any Channel) throws -> Void
    ) -> EventLoopFuture<any Channel> {
        let isV4 = target.endpoint.address.family == .v4
        let subtype = CInt(isV4 ? IPPROTO_ICMP : IPPROTO_ICMPV6)
        return datagrams(target, subtype: subtype, on: loop, initializing: initializing)
            .flatMapError { error in
                guard let refusal = error as? IOError, refusal.isOfPrivilege else {
                    return loop.makeFailedFuture(error)
                }
                return rawEchoes(target, on: loop, initializing: initializing)
            }
    }

    /// That this process may have no socket for echoes.
    struct NoRight: Error, CustomStringConvertible {
        let description =
            "no right to send echoes (see net.ipv4.ping_group_range, or give it CAP_NET_RAW)"
    }

    /// The same over a raw socket: one of ours, because NIO sets an option on its own that the
    /// kernel refuses for IPv6.
    static func rawEchoes(
        _ target: ProbeTarget,
        on loop: any EventLoop,
        initializing: @escaping @Sendable (any Channel) throws -> Void
    ) -> EventLoopFuture<any Channel> {
        let descriptor: CInt
        do throws(Errno) {
            let origin = target.check.origin
            var socket = try EchoSocket(addressBytes: target.endpoint.address.bytes.count)
            if let mark = origin.mark { try socket.setMark(mark) }
            if let source = origin.source(for: target.endpoint.address.family) {
                try socket.bind(to: Array(source.bytes))
            }
            try socket.connect(to: Array(target.endpoint.address.bytes))
            descriptor = socket.release()
        } catch {
            let refusal = IOError(errnoCode: error.number, reason: "a raw socket for echoes")
            guard refusal.isOfPrivilege else { return loop.makeFailedFuture(refusal) }
            return loop.makeFailedFuture(NoRight())
        }
        return DatagramBootstrap(group: loop)
            .channelOption(
                .recvAllocator,
                value: FixedSizeRecvByteBufferAllocator(capacity: datagramBytes)
            )
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture { try initializing(channel) }
            }
            .withBoundSocket(descriptor)
    }

    /// The address of `target`, for protocols that have no port.
    static func portless(_ target: ProbeTarget) throws -> SocketAddress {
        try SocketAddress(Endpoint(target.endpoint.address, Port(0)))
    }

    /// Where probes of `target` come from, with a port of the kernel's choice.
    private static func source(_ target: ProbeTarget) throws -> SocketAddress? {
        try target.check.origin.source(for: target.endpoint.address.family).map {
            try SocketAddress(source: $0)
        }
    }
}

extension SocketAddress {
    /// The address of `endpoint` for a socket.
    init(_ endpoint: Endpoint) throws {
        try self.init(
            packedIPAddress: ByteBuffer(bytes: endpoint.address.bytes),
            port: Int(endpoint.port.number)
        )
    }

    /// `address`, with a port of the kernel's choice.
    init(source address: IPAddress) throws {
        try self.init(packedIPAddress: ByteBuffer(bytes: address.bytes), port: 0)
    }
}

extension ChannelOption where Self == ChannelOptions.Types.SocketOption {
    /// The firewall mark of what is sent; needs CAP_NET_ADMIN or CAP_NET_RAW (socket(7)).
    static var mark: Self {
        Self(level: .socket, name: NIOBSDSocket.Option(rawValue: SO_MARK))
    }

    /// That binding to an address chooses no port yet.
    ///
    /// Also of IPv6 sockets: ipv6_setsockopt passes options of SOL_IP on.
    static var bindAddressNoPort: Self {
        Self(level: .ip, name: NIOBSDSocket.Option(rawValue: IP_BIND_ADDRESS_NO_PORT))
    }
}

extension IOError {
    /// Whether the kernel refused for want of a privilege, or does not know such a socket.
    fileprivate var isOfPrivilege: Bool {
        [EACCES, EPERM, EPROTONOSUPPORT].contains(errnoCode)
    }
}
