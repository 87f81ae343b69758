import Glibc

/// A user of this host, as the kernel knows it, with its own group.
package struct Account: Hashable, Sendable {
    /// The number of the user.
    package let user: UInt32
    /// The number of its group.
    package let group: UInt32

    /// The user with these numbers.
    package init(user: UInt32, group: UInt32) {
        self.user = user
        self.group = group
    }

    /// The user called `name`, as the databases of this host know it; `nil` where they do not.
    ///
    /// It may wait for them.
    package init?(named name: String) {
        var entry = unsafe passwd()
        var found: UnsafeMutablePointer<passwd>?
        // What glibc itself takes for the longest entry to expect, with room for long lists.
        var buffer = [CChar](repeating: 0, count: 16 * 1024)
        let size = buffer.count
        guard unsafe getpwnam_r(name, &entry, &buffer, size, &found) == 0, unsafe found != nil
        else { return nil }
        user = unsafe entry.pw_uid
        group = unsafe entry.pw_gid
    }
}
