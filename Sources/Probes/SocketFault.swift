import Glibc

/// What an error number of the kernel says about the server that was probed.
struct SocketFault: Hashable, Sendable {
    /// Whose trouble it is.
    enum Meaning: Hashable, Sendable {
        /// The server, or the path to it, answered that there is no connection.
        case noConnection
        /// The kernel gave up waiting for the server.
        case timeout
        /// Something here is missing; nothing was learnt about the server.
        case local
    }

    /// Whose trouble it is.
    let meaning: Meaning
    /// A few words for an operator.
    let text: String

    /// Reads an `errno` of `socket`, `connect`, `read` or `write`.
    ///
    /// Only numbers that are known to speak of the server count against it; every other one,
    /// unknown ones included, is local trouble, because a probe that could not be run must not take
    /// a server out of use. A missing route, an interface that is down and an unresolved neighbour
    /// do count: a director forwards to the server over the very path the probe takes, so a server
    /// it cannot reach is a server it cannot serve with.
    init(errno number: Int32) {
        (meaning, text) =
            switch number {
            case ECONNREFUSED: (.noConnection, "connection refused")
            case ECONNRESET: (.noConnection, "connection reset")
            case ECONNABORTED: (.noConnection, "connection aborted")
            case EPIPE: (.noConnection, "connection closed by the server")
            case EHOSTUNREACH: (.noConnection, "host unreachable (no neighbour answers)")
            case EHOSTDOWN: (.noConnection, "host down")
            case ENETUNREACH: (.noConnection, "network unreachable (no route)")
            case ENETDOWN: (.noConnection, "network down (interface is down)")
            // ICMP protocol unreachable (Linux net/ipv4/icmp.c, icmp_err_convert).
            case ENOPROTOOPT, EPROTO: (.noConnection, "protocol unreachable")
            case ETIMEDOUT: (.timeout, "no answer (the kernel gave up)")
            case EMFILE: (.local, "out of descriptors in this process (raise LimitNOFILE)")
            case ENFILE: (.local, "out of descriptors on this host (raise fs.file-max)")
            case ENOBUFS, ENOMEM: (.local, "out of memory for sockets")
            case EADDRNOTAVAIL, EADDRINUSE:
                (.local, "no source port or address free (see net.ipv4.ip_local_port_range)")
            case EACCES, EPERM: (.local, "not permitted here (firewall or policy of this host)")
            case EAFNOSUPPORT: (.local, "address family not supported on this host")
            default: (.local, "socket error \(number)")
            }
    }
}
