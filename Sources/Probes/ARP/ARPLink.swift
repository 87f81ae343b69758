import Net
import Netlink

/// A link of this host on which others can be asked, with the address that asks there.
struct ARPLink: Hashable, Sendable {
    /// The number by which the kernel knows it.
    let index: Int32
    /// Its name: `eth1`.
    let name: String
    let hardware: HardwareAddress
    let address: IPAddress
    /// The addresses that are reached on it without a router.
    let network: Prefix

    /// Those on which the server of `pair` is asked.
    ///
    /// Of networks that overlap the smallest has it, as the kernel would look for it: on a wider
    /// one somebody may answer for all that it does not hold itself (proxy ARP). Once by each link,
    /// from its first address that is neither the server's nor the VIP.
    static func nearest(to pair: ARPInquiry.Pair, among links: [ARPLink]) -> [ARPLink] {
        let near = links.filter { $0.network.contains(pair.server) }
        let longest = near.map(\.network.length).max()
        var chosen: [ARPLink] = []
        for link in near where link.network.length == longest {
            guard link.address != pair.server, link.address != pair.vip,
                chosen.count < ARPInquiry.mostLinks,
                !chosen.contains(where: { $0.index == link.index })
            else { continue }
            chosen.append(link)
        }
        return chosen
    }

    /// The question who has `wanted`.
    ///
    /// It comes from an address of this host, as any other of its questions. One from 0.0.0.0 would
    /// touch no cache, and would be a probe: a server that is just being given its address takes it
    /// for a sign that somebody else has that (RFC 5227, section 2.1.1).
    func letter(
        asking wanted: IPAddress,
        _ receiver: HardwareAddress
    ) -> ARPInquiry.Letter {
        let party = ARPPacket.Party(hardware: hardware, address: address)
        return ARPInquiry.Letter(
            link: index,
            receiver: receiver,
            packet: ARPPacket(asking: wanted, as: party)
        )
    }
}

extension ARPLink {
    /// What the kernel says of one; `nil` where its network is its own address alone.
    init?(_ link: OwnLink) {
        guard let hardware = HardwareAddress(bytes: link.hardware), hardware.isOfOneCard,
            let address = IPAddress(bytes: link.address), address.family == .v4,
            let network = Prefix(address, length: link.prefixLength), !network.isHost
        else { return nil }
        self.init(
            index: link.index,
            name: link.name,
            hardware: hardware,
            address: address,
            network: network
        )
    }
}
