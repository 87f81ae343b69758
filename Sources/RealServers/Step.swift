package import Link
package import Net

/// One idempotent step of a preparation.
package enum Step: Hashable, Sendable {
    /// Give a kernel setting a number that will do.
    case set(Sysctl)
    /// Make a link of this kind, and set it up.
    case make(LinkName, kind: String)
    /// Set up a link.
    case raise(LinkName)
    /// Put a VIP on a link.
    case add(IPAddress, LinkName)
}

extension Step: CustomStringConvertible {
    package var description: String {
        switch self {
        case .set(let setting):
            "set \(Sysctl.Undo(path: setting.writtenPath, before: 0, after: 0).name)"
                + " to \(setting.accepted[0])"
        case .make(let name, let kind): "make the link \(name) (\(kind))"
        case .raise(let name): "set up the link \(name)"
        case .add(let vip, let name): "add \(Prefix(host: vip)) to \(name)"
        }
    }
}
