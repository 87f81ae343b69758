import Netlink

// The kernel of this process's network namespace, for those who may not know of sockets.

extension DirectorLink {
    /// The link of this name in the network namespace of this process.
    package static func live(_ name: LinkName) -> DirectorLink {
        DirectorLink(name, over: NetlinkChannel(.route))
    }

    /// One element for every report of the kernel that a link or an address changed.
    ///
    /// Reports that come while nobody listens count as one. The stream ends with its consumer.
    ///
    /// - Throws: `LinkError` when the kernel does not let us listen.
    package static func changes() throws(LinkError) -> AsyncStream<Void> {
        do {
            return try Multicast.changes()
        } catch {
            throw LinkError(
                attempted: "listen for changed links and addresses",
                reason: .netlink(error)
            )
        }
    }
}

extension HostRoutes {
    /// The routes with the protocol number `owner` in the network namespace of this process.
    package static func live(owner: UInt8) -> HostRoutes {
        HostRoutes(owner: owner, over: NetlinkChannel(.route))
    }

    /// One element for every report of the kernel that a route with this number changed.
    ///
    /// Reports that come while nobody listens count as one. The stream ends with its consumer.
    ///
    /// - Throws: `LinkError` when the kernel does not let us listen.
    package static func changes(owner: UInt8) throws(LinkError) -> AsyncStream<Void> {
        do {
            return try Multicast.routeChanges(protocol: owner)
        } catch {
            throw LinkError(attempted: "listen for changed routes", reason: .netlink(error))
        }
    }
}
