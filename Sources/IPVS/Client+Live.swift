import Netlink

// The kernel of this process's network namespace, for those who may not know of sockets.

extension Client {
    /// A client of the kernel, in the network namespace of this process.
    package static func live() -> Client {
        Client(over: NetlinkChannel(.generic), privilege: { .current })
    }
}

extension Privilege {
    /// What this process may do, as its own files under /proc say; unknown when they do not.
    package static var current: Privilege {
        do {
            return Privilege(
                uidMap: try KernelFile("/proc/self/uid_map").text(),
                status: try KernelFile("/proc/self/status").text()
            )
        } catch {
            return .unknown
        }
    }
}
