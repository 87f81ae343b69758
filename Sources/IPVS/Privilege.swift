import Netlink

/// Why the kernel may have said "operation not permitted", as far as a process can see itself.
public enum Privilege: Hashable, Sendable {
    /// Nobody looked.
    case unknown
    /// The capability is missing.
    case lacking
    /// The capability is there, but counts in a user namespace only; this is its `uid_map`.
    case namespaced(uidMap: String)
    /// Nothing of it is missing; a security module may have objected.
    case complete

    /// The bit of `CAP_NET_ADMIN` in linux/capability.h.
    private static let networkAdministration: UInt64 = 1 << 12

    /// Judges by the texts of `/proc/self/uid_map` and `/proc/self/status`.
    ///
    /// The capability comes first: in a user namespace without it there is something to fix, even
    /// if more is wrong behind it.
    package init(uidMap: String, status: String) {
        let capabilities = status.split(separator: "\n")
            .first { $0.hasPrefix("CapEff:") }
            .flatMap { line in
                UInt64(line.dropFirst("CapEff:".count).filter { !$0.isWhitespace }, radix: 16)
            }
        guard let capabilities else {
            self = .unknown
            return
        }
        let map = uidMap.split { $0.isWhitespace }.map(String.init)
        if capabilities & Self.networkAdministration == 0 {
            self = .lacking
        } else if map != ["0", "0", "4294967295"], !map.isEmpty {
            self = .namespaced(uidMap: map.joined(separator: " "))
        } else {
            self = .complete
        }
    }
}

extension Privilege {
    /// What this process may do, by what the kernel says of it under /proc.
    package static func current() -> Privilege {
        do throws(KernelFile.Failure) {
            return Privilege(
                uidMap: try KernelFile("/proc/self/uid_map").text(),
                status: try KernelFile("/proc/self/status").text()
            )
        } catch {
            // It only explains another error, which is told in any case.
            return .unknown
        }
    }
}
