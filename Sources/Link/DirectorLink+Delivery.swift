package import Net
import Netlink

// What the kernel does with a packet to an address: `ip route get`.

extension DirectorLink {
    /// Whether packets to `address` are delivered on this machine, by an address of any link or by
    /// a route that makes it local.
    ///
    /// - Throws: `LinkError` when the exchange failed.
    package func isDelivered(_ address: IPAddress) async throws(LinkError) -> Bool {
        do throws(NetlinkError) {
            for reply in try await exchange.request(RouteDescription.lookUp(address)) {
                guard let route = try RouteDescription(reply), route.address == address else {
                    continue
                }
                return route.type == RouteNumber.localRoute
            }
            return false
        } catch .refused {
            // No route, or one that leads nowhere: the kernel says what a packet would be told.
            return false
        } catch {
            throw LinkError(
                attempted: "look up the route to \(address)",
                reason: .netlink(error)
            )
        }
    }
}
