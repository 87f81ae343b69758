import Netlink

/// What a process can see beyond an error number, looked at only when one needs explaining.
struct Evidence: Sendable {
    /// What this process may do, for EPERM.
    var privilege: @Sendable () -> Privilege
    /// Which modules are loaded, for an ENOENT that may be about one of two.
    var modules: @Sendable () -> LoadedModules
}
