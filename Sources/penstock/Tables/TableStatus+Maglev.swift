package import Core
package import IPVS
package import Net

extension TableStatus {
    /// The lookup table that the kernel has for this service at an address of `family`.
    ///
    /// `nil` for another scheduler than `mh`, and where a weight that counts is not known or
    /// something in the document cannot be: it may come from another machine, or from a file.
    package func maglev(_ family: AddressFamily) -> MaglevTable? {
        guard let scheduler, let flags = Self.maglevFlags(scheduler) else { return nil }
        var members: [MaglevTable.Member] = []
        for member in self.members {
            guard let known = Self.maglev(member) else { return nil }
            members.append(known)
        }
        return MaglevTable(family: family, members: members, flags: flags)
    }

    private static func maglev(_ member: MemberStatus) -> MaglevTable.Member? {
        let weights = 0...Self.heaviest
        guard weights.contains(member.weight), let last = member.lastWeight, weights.contains(last)
        else { return nil }
        do throws(ParseError) {
            return MaglevTable.Member(
                try Endpoint(parsing: member.endpoint),
                weight: member.weight,
                lastWeight: last
            )
        } catch {
            return nil
        }
    }

    /// The kernel keeps weights as signed 32-bit numbers, whatever our own file allows.
    private static let heaviest = Int(Int32.max)

    /// The flags in `mh(mh-fallback,mh-port)`; `nil` where another scheduler stands.
    private static func maglevFlags(_ text: String) -> ServiceFlags? {
        let parts = text.split { "(,)".contains($0) }
        guard parts.first == "mh" else { return nil }
        return parts.dropFirst().reduce(into: ServiceFlags()) { flags, name in
            if let flag = ServiceFlags(name: String(name), scheduler: .maglev) {
                flags.insert(flag)
            }
        }
    }
}
