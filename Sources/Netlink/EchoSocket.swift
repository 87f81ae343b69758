import Glibc

/// A raw socket for the echoes of one host, closed when this value ends unless it is released.
///
/// It needs CAP_NET_RAW (raw(7)). What it hears is what the host that it is connected to sends, all
/// of ICMP: whoever reads it tells replies from the rest.
package struct EchoSocket: ~Copyable {
    private var descriptor: Int32

    /// A socket for addresses of so many bytes: 4 or 16.
    package init(addressBytes: Int) throws(Errno) {
        let isV4 = addressBytes == 4
        let kind = Int32(SOCK_RAW.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)
        // The checksum of ICMPv6 is the kernel's on such a socket (RFC 3542 section 3.1).
        let number = Int32(isV4 ? IPPROTO_ICMP : IPPROTO_ICMPV6)
        let descriptor = socket(isV4 ? AF_INET : AF_INET6, kind, number)
        guard descriptor >= 0 else { throw Errno(errno) }
        self.descriptor = descriptor
    }

    deinit { if descriptor >= 0 { close(descriptor) } }

    /// Has everything that is sent carry a firewall mark (socket(7), SO_MARK).
    package func setMark(_ mark: UInt32) throws(Errno) {
        var value = mark
        let size = socklen_t(MemoryLayout<UInt32>.size)
        guard unsafe setsockopt(descriptor, SOL_SOCKET, SO_MARK, &value, size) == 0 else {
            throw Errno(errno)
        }
    }

    /// Sends from `address`, the bytes of one of this host.
    package func bind(to address: [UInt8]) throws(Errno) {
        let descriptor = descriptor
        let result = unsafe StreamSocket.withSocketAddress(address, port: 0) { pointer, size in
            unsafe Glibc.bind(descriptor, pointer, size)
        }
        guard result == 0 else { throw Errno(errno) }
    }

    /// Sends to `address` and hears nobody else.
    package func connect(to address: [UInt8]) throws(Errno) {
        let descriptor = descriptor
        let result = unsafe StreamSocket.withSocketAddress(address, port: 0) { pointer, size in
            unsafe Glibc.connect(descriptor, pointer, size)
        }
        guard result == 0 else { throw Errno(errno) }
    }

    /// Hands the descriptor over to whoever closes it from now on.
    package mutating func release() -> Int32 {
        defer { descriptor = -1 }
        return descriptor
    }
}
