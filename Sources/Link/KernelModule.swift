import Netlink

/// The modules of the running kernel.
package enum KernelModule {
    /// Whether the module of this name is loaded; false also where it is a part of the kernel
    /// itself, or where /sys is not mounted.
    package static func isLoaded(_ name: String) -> Bool {
        do throws(KernelFile.Failure) {
            return try KernelFile("/sys/module/\(name)/initstate").text() == "live"
        } catch {
            return false
        }
    }
}
