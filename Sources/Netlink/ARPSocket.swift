import CPacket
import Glibc

/// A socket for ARP on all links of this host, closed when this value ends.
///
/// It needs CAP_NET_RAW (packet(7)). It hears only what is answered to this host: of what the
/// segment asks among itself nothing wakes anybody.
package struct ARPSocket: ~Copyable, Sendable {
    /// What is kept of a packet: of Ethernet and IPv4 it has 28 bytes, and padding behind them.
    private static let keptBytes: UInt32 = 64

    /// `ETH_P_ARP`, as the kernel wants it: in network order.
    private static let networkProtocol = UInt16(ETH_P_ARP).bigEndian

    let descriptor: Int32

    /// Listens on every link.
    ///
    /// - Throws: The kernel's refusal: there is no right to it, or no descriptor is left.
    package init() throws(Errno) {
        let kind = Int32(SOCK_DGRAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)
        // Of no protocol yet, so that nothing is heard before the filter is there.
        let descriptor = socket(AF_PACKET, kind, 0)
        guard descriptor >= 0 else { throw Errno(errno) }
        do throws(Errno) {
            try Self.hearAnswersOnly(descriptor)
            try Self.listen(descriptor)
        } catch {
            close(descriptor)
            throw error
        }
        self.descriptor = descriptor
    }

    deinit { close(descriptor) }

    /// Sends the bytes of a packet to a hardware address on a link, known by its number.
    package func send(_ bytes: [UInt8], to hardware: [UInt8], on link: Int32) throws(Errno) {
        let descriptor = descriptor
        var receiver = sockaddr_ll()
        receiver.sll_family = UInt16(AF_PACKET)
        receiver.sll_protocol = Self.networkProtocol
        receiver.sll_ifindex = link
        receiver.sll_halen = UInt8(clamping: hardware.prefix(8).count)
        unsafe withUnsafeMutableBytes(of: &receiver.sll_addr) { room in
            unsafe room.copyBytes(from: hardware.prefix(8))
        }
        let count = unsafe withUnsafeBytes(of: &receiver) { to in
            unsafe bytes.withUnsafeBytes { raw in
                unsafe sendto(
                    descriptor,
                    raw.baseAddress,
                    raw.count,
                    0,
                    to.baseAddress?.assumingMemoryBound(to: sockaddr.self),
                    socklen_t(to.count)
                )
            }
        }
        guard count == bytes.count else { throw Errno(errno) }
    }

    /// Reads one packet into the front of `buffer`: how many bytes it has, and the number of the
    /// link that it came by; `nil` when none is there.
    package func receive(
        into buffer: inout [UInt8]
    ) throws(Errno) -> (count: Int, link: Int32)? {
        let descriptor = descriptor
        var sender = sockaddr_ll()
        var size = socklen_t(MemoryLayout<sockaddr_ll>.size)
        let count = unsafe withUnsafeMutableBytes(of: &sender) { from in
            unsafe buffer.withUnsafeMutableBytes { raw in
                unsafe recvfrom(
                    descriptor,
                    raw.baseAddress,
                    raw.count,
                    0,
                    from.baseAddress?.assumingMemoryBound(to: sockaddr.self),
                    &size
                )
            }
        }
        guard count < 0 else { return (count, sender.sll_ifindex) }
        guard errno == EAGAIN || errno == EINTR else { throw Errno(errno) }
        return nil
    }

    /// Has the kernel drop all but replies (RFC 826: operation 2, in bytes 6 and 7) to this host.
    private static func hearAnswersOnly(_ descriptor: Int32) throws(Errno) {
        let packetType = UInt32(bitPattern: SKF_AD_OFF + SKF_AD_PKTTYPE)
        let isEqual = UInt16(BPF_JMP | BPF_JEQ | BPF_K)
        let verdict = UInt16(BPF_RET | BPF_K)
        var steps = [
            sock_filter(code: UInt16(BPF_LD | BPF_W | BPF_ABS), jt: 0, jf: 0, k: packetType),
            sock_filter(code: isEqual, jt: 0, jf: 3, k: UInt32(PACKET_HOST)),
            sock_filter(code: UInt16(BPF_LD | BPF_H | BPF_ABS), jt: 0, jf: 0, k: 6),
            sock_filter(code: isEqual, jt: 0, jf: 1, k: 2),
            sock_filter(code: verdict, jt: 0, jf: 0, k: keptBytes),
            sock_filter(code: verdict, jt: 0, jf: 0, k: 0),
        ]
        let result = unsafe steps.withUnsafeMutableBufferPointer { room in
            var program = unsafe sock_fprog(len: UInt16(room.count), filter: room.baseAddress)
            let size = unsafe socklen_t(MemoryLayout<sock_fprog>.size)
            return unsafe setsockopt(descriptor, SOL_SOCKET, SO_ATTACH_FILTER, &program, size)
        }
        guard result == 0 else { throw Errno(errno) }
    }

    private static func listen(_ descriptor: Int32) throws(Errno) {
        var own = sockaddr_ll()
        own.sll_family = UInt16(AF_PACKET)
        own.sll_protocol = networkProtocol
        let result = unsafe withUnsafeBytes(of: &own) { raw in
            unsafe bind(
                descriptor,
                raw.baseAddress?.assumingMemoryBound(to: sockaddr.self),
                socklen_t(raw.count)
            )
        }
        guard result == 0 else { throw Errno(errno) }
    }
}
