import CPacket
import Glibc

/// A link of this host on which ARP is spoken, with one of its IPv4 addresses.
package struct OwnLink: Hashable, Sendable {
    /// The number by which the kernel knows it.
    package let index: Int32
    /// Its name: `eth1`.
    package let name: String
    /// The six bytes of its hardware address.
    package let hardware: [UInt8]
    /// The four bytes of the address.
    package let address: [UInt8]
    /// How many leading bits of the address are those of its network.
    package let prefixLength: Int

    /// What a flag of a link means (net/if.h).
    private enum Flag {
        static let isUp: UInt32 = 0x1
        static let hasBroadcast: UInt32 = 0x2
        static let isLoopback: UInt32 = 0x8
        static let isRunning: UInt32 = 0x40
        static let hasNoARP: UInt32 = 0x80
    }

    /// `ARPHRD_ETHER` of net/if_arp.h: what has addresses of six bytes, and is most links.
    private static let ethernet: UInt16 = 1

    private struct Card {
        let index: Int32
        let hardware: [UInt8]
    }

    /// Every such address of every such link that is up, in the kernel's order: the first of a link
    /// is its primary one.
    package static func allWithARP() throws(Errno) -> [OwnLink] {
        var first: UnsafeMutablePointer<ifaddrs>?
        guard unsafe getifaddrs(&first) == 0 else { throw Errno(errno) }
        defer { unsafe freeifaddrs(first) }
        var cards: [String: Card] = [:]
        var addresses: [(name: String, address: [UInt8], length: Int)] = []
        var next = unsafe first
        while let entry = unsafe next {
            let item = unsafe entry.pointee
            unsafe next = item.ifa_next
            guard let address = unsafe item.ifa_addr else { continue }
            // An IPv4 address may have a label for a name: that of the link, a colon, and words.
            let label = unsafe String(cString: item.ifa_name)
            let name = String(label.prefix { $0 != ":" })
            // The family stands first in every kind of address.
            switch unsafe Int32(UnsafeRawPointer(address).load(as: UInt16.self)) {
            case AF_PACKET:
                cards[name] = unsafe card(address, flags: item.ifa_flags)
            case AF_INET:
                guard let mask = unsafe item.ifa_netmask else { continue }
                let length = unsafe four(mask).reduce(0) { $0 + $1.nonzeroBitCount }
                addresses.append((name, unsafe four(address), length))
            default: continue
            }
        }
        return addresses.compactMap { name, address, length in
            cards[name].map { card in
                OwnLink(
                    index: card.index,
                    name: name,
                    hardware: card.hardware,
                    address: address,
                    prefixLength: length
                )
            }
        }
    }

    /// The link of an entry; `nil` when nobody can be asked on it.
    private static func card(_ address: UnsafeMutablePointer<sockaddr>, flags: UInt32) -> Card? {
        let wanted = Flag.isUp | Flag.hasBroadcast | Flag.isRunning
        guard flags & wanted == wanted, flags & (Flag.isLoopback | Flag.hasNoARP) == 0 else {
            return nil
        }
        return unsafe address.withMemoryRebound(to: sockaddr_ll.self, capacity: 1) { pointer in
            var link = unsafe pointer.pointee
            guard link.sll_hatype == ethernet, link.sll_halen == 6 else { return nil }
            let hardware = unsafe withUnsafeBytes(of: &link.sll_addr) { unsafe Array($0.prefix(6)) }
            return Card(index: link.sll_ifindex, hardware: hardware)
        }
    }

    /// The bytes of an IPv4 address, which stands behind two of its family and two of a port.
    private static func four(_ address: UnsafeMutablePointer<sockaddr>) -> [UInt8] {
        unsafe Array(UnsafeRawBufferPointer(start: UnsafeRawPointer(address) + 4, count: 4))
    }
}
