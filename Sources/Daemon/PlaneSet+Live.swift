package import Core
package import Logging
import Planes

extension PlaneSet {
    /// Where the IPVS table is.
    package enum Table: String, Sendable, CaseIterable {
        /// In the kernel.
        case netlink
        /// Only in memory, for a trial.
        case memory
    }

    /// The planes of the director that this process runs on.
    package static func live(_ intent: Intent, table: Table, logger: Logger) -> PlaneSet {
        PlaneSet(
            link: LinkPlane(intent.ipvs, logger: logger),
            ipvs: table == .memory ? MemoryTable() as any TablePlane : IPVSPlane(),
            bgp: BGPPlane(intent.bgp, interface: intent.ipvs.interface, logger: logger)
        )
    }
}
