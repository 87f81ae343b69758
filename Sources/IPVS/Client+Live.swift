import Netlink

extension Client {
    /// A client of the kernel in the network namespace of this process, for those who may not
    /// know of sockets.
    public static func live() -> Client {
        Client(over: NetlinkChannel(.generic))
    }
}
