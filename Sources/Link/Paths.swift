package import Net
package import Netlink

/// The ways that packets to other machines take from here, and word of what cuts them off.
package struct Paths: Sendable {
    /// The first step of a way.
    package struct Path: Hashable, Sendable {
        /// The neighbour that packets are given to; `nil` where that is the machine itself.
        package let gateway: IPAddress?
        /// The number of the link that they leave by.
        package let link: Int32

        /// A first step of these parts.
        package init(gateway: IPAddress?, link: Int32) {
            self.gateway = gateway
            self.link = link
        }
    }

    /// `struct rtmsg`, as for routes.
    private static let headerBytes = RouteDescription.headerBytes
    private let exchange: any Exchange

    /// The ways out of the network namespace that `exchange`, over rtnetlink, speaks of.
    package init(over exchange: any Exchange) { self.exchange = exchange }

    /// The ways out of the network namespace of this process.
    package static func live() -> Paths { Paths(over: NetlinkChannel(.route)) }

    /// Word of each neighbour that fails and each link that is lost, from now on.
    ///
    /// What comes while nobody listens comes together. Some of it may be lost under a flood.
    ///
    /// - Throws: `LinkError` when the kernel does not let us listen.
    package static func losses() throws(LinkError) -> AsyncStream<[PathLoss]> {
        let messages: AsyncStream<[Message]>
        do {
            messages = try Multicast.pathChanges { PathLoss($0) != nil }
        } catch {
            throw LinkError(
                attempted: "listen for links and neighbours that are lost",
                reason: .netlink(error)
            )
        }
        let source = Source(messages)
        return AsyncStream(unfolding: { await source.next() })
    }

    /// The way to `address` now; `nil` when there is none.
    package func path(to address: IPAddress) async throws(LinkError) -> Path? {
        do {
            for message in try await exchange.request(Self.question(address)) {
                if let path = try Self.answer(message) { return path }
            }
            return nil
        } catch {
            // No way there, or one that ends in "unreachable": an answer, too.
            if case .refused = error { return nil }
            throw LinkError(attempted: "ask for the way to \(address)", reason: .netlink(error))
        }
    }

    private static func question(_ address: IPAddress) -> Message {
        let isV4 = address.family == .v4
        var writer = AttributeWriter(
            after: [
                isV4 ? RouteNumber.inet : RouteNumber.inet6, UInt8(address.family.bitWidth),
                0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
            ]
        )
        writer.put(RouteNumber.routeDestination, address.bytes)
        return Message(type: RouteNumber.getRoute, payload: writer.bytes)
    }

    private static func answer(_ message: Message) throws(NetlinkError) -> Path? {
        guard message.type == RouteNumber.newRoute, message.payload.count >= headerBytes else {
            return nil
        }
        var link: Int32?
        var gateway: IPAddress?
        var reader = AttributeReader(message.payload.dropFirst(headerBytes))
        while let attribute = reader.next() {
            switch attribute.type {
            case RouteNumber.routeLink: link = reader.number(attribute)
            case RouteNumber.routeGateway: gateway = IPAddress(bytes: attribute.value)
            default: break
            }
        }
        if let error = reader.error { throw error }
        return link.map { Path(gateway: gateway, link: $0) }
    }
}

/// Reads losses out of messages as they come.
private actor Source {
    private var messages: AsyncStream<[Message]>.Iterator

    init(_ messages: AsyncStream<[Message]>) { self.messages = messages.makeAsyncIterator() }

    func next() async -> [PathLoss]? {
        var iterator = messages
        let heard = await iterator.next(isolation: self)
        messages = iterator
        return heard.map { $0.compactMap { PathLoss($0) } }
    }
}
