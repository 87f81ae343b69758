package import Net

/// What tells IPVS services with a firewall mark apart on one director.
///
/// The same mark in both families names two services.
package struct MarkKey: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// The mark, which is not 0.
    package let mark: UInt32
    /// The family of the packets.
    package let family: AddressFamily

    /// The service of packets of `family` with this mark.
    package init(_ mark: UInt32, _ family: AddressFamily) {
        self.mark = mark
        self.family = family
    }

    package static func < (left: Self, right: Self) -> Bool {
        (left.mark, left.family.rawValue) < (right.mark, right.family.rawValue)
    }

    package var description: String { "mark \(mark)\(family == .v6 ? " (IPv6)" : "")" }
}
