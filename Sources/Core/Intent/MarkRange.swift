/// The firewall marks that are for ways of probes.
package struct MarkRange: Hashable, Sendable {
    /// How many they are.
    ///
    /// As many real servers can be checked by way of IPVS. They differ in the lowest 14 bits alone:
    /// Kubernetes has the two above for itself (0x4000 and 0x8000).
    package static let count: UInt32 = 1 << 14

    /// The one that is used unless another is configured: it shares no bit with the masks that
    /// common network software of hosts tests (the lowest 24 bits).
    package static let usual = MarkRange(from: 0x5000_0000)

    /// The first of them; a multiple of their number, and not 0.
    package let first: UInt32

    /// The marks from `first` on.
    package init(from first: UInt32) {
        precondition(first > 0 && first % Self.count == 0, "A range begins at a multiple of it")
        self.first = first
    }

    /// The last of them.
    package var last: UInt32 { first + (Self.count - 1) }

    /// Whether it is for a way of probes.
    package func contains(_ mark: UInt32) -> Bool { mark >= first && mark <= last }

    /// The one after `mark`; after the last comes the first.
    func following(_ mark: UInt32) -> UInt32 { mark == last ? first : mark + 1 }

    /// The first from `mark` on that is not `taken`.
    func free(from mark: UInt32, among taken: Set<UInt32>) -> UInt32? {
        var candidate = mark
        for _ in 0..<Self.count {
            if !taken.contains(candidate) { return candidate }
            candidate = following(candidate)
        }
        return nil
    }
}
