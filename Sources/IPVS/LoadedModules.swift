import Netlink

/// Which modules the kernel has loaded, as far as it says; those built into it are not listed.
package struct LoadedModules: Hashable, Sendable {
    private let names: Set<Substring>

    /// Reads the text of /proc/modules: a line for each, of which the first word is its name.
    package init(_ text: String) {
        names = Set(text.split(separator: "\n").compactMap { $0.split(separator: " ").first })
    }

    /// Whether the scheduler has been found, so that it is not what is missing.
    func holds(_ scheduler: Scheduler) -> Bool {
        scheduler == .none || names.contains("ip_vs_\(scheduler)")
    }

    /// Whether the persistence engine of this name has been found.
    func holds(engine: String) -> Bool { names.contains("ip_vs_pe_\(engine)") }
}

extension LoadedModules {
    /// The modules of the running kernel; none of them where it does not say.
    package static func current() -> LoadedModules {
        do throws(KernelFile.Failure) {
            return LoadedModules(try KernelFile("/proc/modules").text())
        } catch {
            // It only makes another error more precise, which is told in any case.
            return LoadedModules("")
        }
    }
}
