import CNetlink
import Glibc

/// One TCP connection that never blocks, closed when this value ends; or what is read and written
/// like one: an end of the line to another process.
///
/// Here because its calls take pointers; it knows nothing of netlink.
package struct StreamSocket: ~Copyable, Sendable {
    /// How far a connection is.
    package enum Progress: Sendable {
        case connected
        /// It can be written to when it is there, or has failed.
        case underWay
    }

    /// What routers say of one connection: an answer to each of its packets, of which a probe
    /// sends a handful.
    private static let mostErrors = 16

    private static let queuedErrors = Int32(MSG_ERRQUEUE | MSG_DONTWAIT)

    let descriptor: Int32

    /// A socket for connections to addresses of so many bytes: 4 or 16.
    package init(addressBytes: Int) throws(Errno) {
        let domain = addressBytes == 4 ? AF_INET : AF_INET6
        let kind = Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)
        let descriptor = socket(domain, kind, Int32(IPPROTO_TCP))
        guard descriptor >= 0 else { throw Errno(errno) }
        self.descriptor = descriptor
    }

    /// Takes over `descriptor`, which does not block and which nobody else closes.
    init(adopting descriptor: Int32) { self.descriptor = descriptor }

    /// What this process was given as its standard input, a socket: the line to who started it.
    package static func standardInput() -> StreamSocket { StreamSocket(adopting: STDIN_FILENO) }

    deinit { close(descriptor) }

    /// Has everything that is sent carry a firewall mark; needs CAP_NET_ADMIN or CAP_NET_RAW
    /// (socket(7), SO_MARK).
    package func setMark(_ mark: UInt32) throws(Errno) {
        try set(SOL_SOCKET, SO_MARK, Int32(bitPattern: mark))
    }

    /// Sends from `address`, the bytes of one of this host.
    ///
    /// The port is chosen when the other end is known, or all connections to all servers together
    /// would have the 28,000 ports of one address (ip(7), IP_BIND_ADDRESS_NO_PORT, which IPv6
    /// sockets take as well).
    package func bind(to address: [UInt8]) throws(Errno) {
        try set(Int32(IPPROTO_IP), IP_BIND_ADDRESS_NO_PORT, 1)
        let descriptor = descriptor
        let result = unsafe Self.withSocketAddress(address, port: 0) { pointer, size in
            unsafe Glibc.bind(descriptor, pointer, size)
        }
        guard result == 0 else { throw Errno(errno) }
    }

    /// Begins a connection to `port`, 1...65535, of `address`, its bytes.
    package func connect(to address: [UInt8], port: UInt16) throws(Errno) -> Progress {
        let descriptor = descriptor
        let result = unsafe Self.withSocketAddress(address, port: port) { pointer, size in
            unsafe Glibc.connect(descriptor, pointer, size)
        }
        guard result != 0 else { return .connected }
        let number = errno
        // Interrupted, it goes on all the same (connect(2)).
        guard number == EINPROGRESS || number == EINTR else { throw Errno(number) }
        return .underWay
    }

    /// Takes what became of a connection that was under way, once it can be written to.
    package func finishConnecting() throws(Errno) {
        var number: Int32 = 0
        var size = socklen_t(MemoryLayout<Int32>.size)
        guard unsafe getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &number, &size) == 0 else {
            throw Errno(errno)
        }
        guard number == 0 else { throw Errno(number) }
    }

    /// Whether the acknowledgement of a connection that is begun from now on travels with what is
    /// sent first, instead of before it.
    ///
    /// Where nothing is sent but the end of it, the server's kernel answers and its program never
    /// hears of it. TCP_DEFER_ACCEPT means that on the side that connects (Linux
    /// net/ipv4/tcp_input.c, `tcp_rcv_synsent_state_process`), and outlasts a connection, which
    /// TCP_QUICKACK does not. A kernel that refuses it acknowledges as ever.
    package func saveAcknowledgement(_ isSaved: Bool) {
        var seconds: Int32 = isSaved ? 1 : 0
        let size = socklen_t(MemoryLayout<Int32>.size)
        _ = unsafe setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_DEFER_ACCEPT, &seconds, size)
    }

    /// Ends the connection with a RST, and leaves a socket for another one (connect(2), AF_UNSPEC).
    ///
    /// The side that closes first keeps its port in TIME_WAIT for a minute: at 500 connections a
    /// second to one server the 28,000 ports of the default range would be gone within that. And a
    /// socket that is used again costs half of one that is made, watched and closed.
    package func disconnect() throws(Errno) {
        let descriptor = descriptor
        var nowhere = sockaddr()
        nowhere.sa_family = sa_family_t(AF_UNSPEC)
        let size = socklen_t(MemoryLayout<sockaddr>.size)
        guard unsafe Glibc.connect(descriptor, &nowhere, size) == 0 else { throw Errno(errno) }
    }

    /// Forgets what was said of a connection that is over: that it failed, and what routers said of
    /// it, which is queued until somebody asks (ip(7), MSG_ERRQUEUE).
    ///
    /// - Throws: EAGAIN where more was said than anybody says of one connection.
    package func forgetErrors() throws(Errno) {
        var number: Int32 = 0
        var size = socklen_t(MemoryLayout<Int32>.size)
        for _ in 0..<Self.mostErrors {
            guard recv(descriptor, nil, 0, Self.queuedErrors) >= 0 else {
                guard errno == EAGAIN else { throw Errno(errno) }
                // What it failed of, and behind that what would have failed it.
                for _ in 0..<2 {
                    guard unsafe getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &number, &size) == 0
                    else { throw Errno(errno) }
                }
                return
            }
        }
        throw Errno(EAGAIN)
    }

    /// Sends as much of `bytes` as the kernel takes now; how many they were.
    package func send(_ bytes: ArraySlice<UInt8>) throws(Errno) -> Int {
        let descriptor = descriptor
        let count = unsafe bytes.withUnsafeBytes { raw in
            unsafe Glibc.send(descriptor, raw.baseAddress, raw.count, Int32(MSG_NOSIGNAL))
        }
        guard count < 0 else { return count }
        guard errno == EAGAIN || errno == EINTR else { throw Errno(errno) }
        return 0
    }

    /// Reads what has arrived into the front of `buffer`; how many bytes, 0 at the end of the
    /// stream, `nil` when nothing is there yet.
    package func receive(into buffer: inout [UInt8]) throws(Errno) -> Int? {
        let descriptor = descriptor
        let count = unsafe buffer.withUnsafeMutableBytes { raw in
            // Of a pipe as well, which recv(2) refuses.
            unsafe read(descriptor, raw.baseAddress, raw.count)
        }
        guard count < 0 else { return count }
        guard errno == EAGAIN || errno == EINTR else { throw Errno(errno) }
        return nil
    }

    private func set(_ level: Int32, _ option: Int32, _ value: Int32) throws(Errno) {
        var value = value
        let size = socklen_t(MemoryLayout<Int32>.size)
        guard unsafe setsockopt(descriptor, level, option, &value, size) == 0 else {
            throw Errno(errno)
        }
    }

    /// Calls `body` with the kernel's form of an address of 4 or 16 bytes.
    static func withSocketAddress(
        _ address: [UInt8],
        port: UInt16,
        _ body: (UnsafePointer<sockaddr>?, socklen_t) -> Int32
    ) -> Int32 {
        var storage = sockaddr_storage()
        let size: Int
        if address.count == 4 {
            size = MemoryLayout<sockaddr_in>.size
            var four = sockaddr_in()
            four.sin_family = sa_family_t(AF_INET)
            four.sin_port = port.bigEndian
            unsafe withUnsafeMutableBytes(of: &four.sin_addr) { unsafe $0.copyBytes(from: address) }
            unsafe withUnsafeMutableBytes(of: &storage) { into in
                unsafe withUnsafeBytes(of: &four) { unsafe into.copyMemory(from: $0) }
            }
        } else {
            size = MemoryLayout<sockaddr_in6>.size
            var six = sockaddr_in6()
            six.sin6_family = sa_family_t(AF_INET6)
            six.sin6_port = port.bigEndian
            unsafe withUnsafeMutableBytes(of: &six.sin6_addr) {
                unsafe $0.copyBytes(from: address)
            }
            unsafe withUnsafeMutableBytes(of: &storage) { into in
                unsafe withUnsafeBytes(of: &six) { unsafe into.copyMemory(from: $0) }
            }
        }
        return unsafe withUnsafeBytes(of: &storage) { raw in
            unsafe body(
                raw.baseAddress?.assumingMemoryBound(to: sockaddr.self),
                socklen_t(size)
            )
        }
    }
}
