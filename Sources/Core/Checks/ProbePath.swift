package import Net

/// The way of a probe that goes to a VIP: to one real server, as traffic for it goes.
///
/// In the kernel it is a service of IPVS known by a firewall mark, with this one destination: what
/// is sent with that mark reaches this server and no other, whichever VIP and port it is sent to.
/// So one is enough for all VIPs and services that the server stands behind in the same way.
package struct ProbePath: Hashable, Sendable {
    /// The real server.
    package let server: IPAddress
    /// The port it is reached at; 0 where packets keep the one they were sent to.
    package let port: Port
    /// How packets reach it.
    package let forwarding: Forwarding

    /// The way to `server` by `forwarding`; `port` counts only where packets do not keep theirs.
    package init(to server: IPAddress, port: Port, by forwarding: Forwarding) {
        self.server = server
        self.port = forwarding.keepsPort ? 0 : port
        self.forwarding = forwarding
    }

    /// The family of the packets, which is that of the server.
    package var family: AddressFamily { server.family }

    /// What IPVS calls its destination.
    package var endpoint: Endpoint { Endpoint(server, port) }

    /// How its service schedules.
    ///
    /// There is one destination, so that any scheduler would do. Of UDP each packet is scheduled by
    /// itself: the entry of one probe would else lead the next one from the same port of ours to
    /// the server of the first (`ip_vs_in_hook` of net/netfilter/ipvs/ip_vs_core.c looks for the
    /// connection before it looks at the mark). Where addresses are rewritten that entry is what
    /// brings the answer back, so there it has to be.
    package var scheduling: Scheduling {
        Scheduling(scheduler: Self.scheduler, flags: forwarding.keepsPort ? [.onePacket] : [])
    }

    /// The service as it is in the kernel.
    package var slice: ServiceSlice {
        ServiceSlice(
            scheduling: scheduling,
            destinations: [endpoint: DestinationSlice(forwarding: forwarding, weight: Self.weight)]
        )
    }

    /// The weight of the one destination: any would do, and this is one that nobody else gives, by
    /// which a service of ours is told from another one whose mark happens to lie in our range.
    package static let weight = 28_769

    static let scheduler = Scheduling.Scheduler.rr

    /// The way that `slice` is; `nil` for a service that is none of these.
    package init?(_ slice: ServiceSlice) {
        guard slice.destinations.count == 1, let endpoint = slice.destinations.keys.first,
            let forwarding = slice.destinations[endpoint]?.forwarding
        else { return nil }
        self.init(to: endpoint.address, port: endpoint.port, by: forwarding)
        guard slice == self.slice else { return nil }
    }
}

extension ProbePath: Comparable {
    package static func < (left: Self, right: Self) -> Bool {
        (left.endpoint, left.forwarding.rawValue) < (right.endpoint, right.forwarding.rawValue)
    }
}

extension ProbePath: CustomStringConvertible {
    /// `10.20.0.11 by dr`.
    package var description: String {
        "\(port == 0 ? "\(server)" : "\(endpoint)") by \(forwarding.rawValue)"
    }
}
