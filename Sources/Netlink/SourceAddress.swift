import Glibc

/// The address that this host would send from.
package enum SourceAddress {
    /// The bytes of the address that packets to `destination`, 4 or 16 bytes, would come from.
    ///
    /// A socket for datagrams is told whom it is for: the kernel then looks for the way there and
    /// chooses the source, and nothing is sent (connect(2), udp(7)).
    ///
    /// - Throws: why there is no way there, or no socket to ask with.
    package static func chosen(toward destination: [UInt8]) throws(Errno) -> [UInt8] {
        let domain = destination.count == 4 ? AF_INET : AF_INET6
        let kind = Int32(SOCK_DGRAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)
        let descriptor = socket(domain, kind, Int32(IPPROTO_UDP))
        guard descriptor >= 0 else { throw Errno(errno) }
        defer { close(descriptor) }
        // Any port will do but 0, to which Linux connects as well and other systems do not.
        let port: UInt16 = 9
        let result = unsafe StreamSocket.withSocketAddress(destination, port: port) {
            pointer,
            size in
            unsafe Glibc.connect(descriptor, pointer, size)
        }
        guard result == 0 else { throw Errno(errno) }
        var storage = sockaddr_storage()
        var size = socklen_t(MemoryLayout<sockaddr_storage>.size)
        let answer = unsafe withUnsafeMutableBytes(of: &storage) { raw in
            unsafe getsockname(
                descriptor,
                raw.baseAddress?.assumingMemoryBound(to: sockaddr.self),
                &size
            )
        }
        guard answer == 0 else { throw Errno(errno) }
        return unsafe withUnsafeBytes(of: &storage) { raw in
            guard destination.count == 4 else {
                let place = MemoryLayout<sockaddr_in6>.offset(of: \.sin6_addr) ?? 0
                return unsafe Array(raw[place..<place + destination.count])
            }
            let place = MemoryLayout<sockaddr_in>.offset(of: \.sin_addr) ?? 0
            return unsafe Array(raw[place..<place + destination.count])
        }
    }
}
