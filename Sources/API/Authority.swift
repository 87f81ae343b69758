/// Who may change something through the control socket.
///
/// Root, the user the daemon runs as, and the members of one group; everyone else whom the
/// socket's mode lets in may look.
package struct Authority: Equatable, Sendable {
    /// The user the daemon runs as.
    package let owner: UInt32
    /// The group whose members may write, if there is one.
    package let group: UInt32?

    /// The authority of `owner` and `group`.
    package init(owner: UInt32, group: UInt32?) {
        self.owner = owner
        self.group = group
    }

    /// Whether `caller` may change something.
    package func mayWrite(_ caller: Caller) -> Bool {
        if caller.uid == 0 || caller.uid == owner { return true }
        guard let group else { return false }
        return caller.groups.contains(group)
    }
}
