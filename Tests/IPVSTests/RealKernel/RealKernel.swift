import Foundation
import IPVS
import Net
import Netlink
import Testing

/// A kernel that may be used up: what it holds is thrown away by these tests.
///
/// They run only where the environment says that the network namespace of this process was made
/// for them, and in which state the kernel is; `integration/guest/cases_library.py` makes it, and
/// counts what ran, so that a closed gate does not pass for success.
enum RealKernel: String {
    /// IPVS is there, and everything is permitted.
    case ready
    /// IPVS is there, and this process lacks `CAP_NET_ADMIN`.
    case lacking
    /// IPVS is there, and this process has the capability in a user namespace only.
    case namespaced
    /// There is no IPVS, nor a module to be loaded.
    case absent

    /// The state that the environment promises; `nil` on a machine that is not to be touched.
    static let state = ProcessInfo.processInfo.environment["PENSTOCK_REAL_IPVS"]
        .flatMap(RealKernel.init(rawValue:))

    /// The name of an interface that can multicast, with addresses of both families.
    static let interface = "fabric0"

    /// A client of the real kernel with nothing in its table, and no daemon.
    static func client() async throws -> Client {
        let client = Client.live()
        try await client.flush()
        for daemon in try await client.daemons() { try await client.stopDaemon(daemon.role) }
        return client
    }

    /// What the kernel says to an operation that this library would refuse to send.
    static func answer(to operation: IPVS.Operation) async throws -> Errno? {
        let channel = NetlinkChannel(.generic)
        let family = try await channel.family(named: IPVSFamily.name)
        return try await channel.batch([Request.change(operation).message(family: family)])[0]
    }

    /// The schedulers whose modules this kernel has, by the names of their files.
    static func schedulers() throws -> [Scheduler] {
        let release = try String(contentsOfFile: "/proc/sys/kernel/osrelease", encoding: .utf8)
            .trimmingCharacters(in: .whitespacesAndNewlines)
        let folder = "/lib/modules/\(release)/kernel/net/netfilter/ipvs"
        return try FileManager.default.contentsOfDirectory(atPath: folder).compactMap { file in
            guard file.hasPrefix("ip_vs_"), let name = file.split(separator: ".").first else {
                return nil
            }
            // The helper for FTP and the persistence engines schedule nothing.
            let scheduler = String(name.dropFirst("ip_vs_".count))
            guard scheduler != "ftp", !scheduler.hasPrefix("pe_") else { return nil }
            return try Scheduler(parsing: scheduler)
        }
    }
}

/// Round trips through the real kernel, one after the other: there is one table.
@Suite(.serialized, .enabled(if: RealKernel.state == .ready)) enum RealIPVSTests {}
