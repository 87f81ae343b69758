/// Which modules the kernel has loaded, as far as it says; those built into it are not listed.
package struct LoadedModules: Hashable, Sendable {
    private let names: Set<Substring>

    /// Reads the text of /proc/modules: a line for each, of which the first word is its name.
    package init(_ text: String) {
        names = Set(text.split(separator: "\n").compactMap { $0.split(separator: " ").first })
    }

    /// Whether the module of this name is among them.
    package func contains(_ name: String) -> Bool { names.contains(name[...]) }

    /// The modules of the running kernel; none of them where it does not say.
    package static func current() -> LoadedModules {
        do throws(KernelFile.Failure) {
            return LoadedModules(try KernelFile("/proc/modules").text())
        } catch {
            // Whoever asks goes on as where modules are built in.
            return LoadedModules("")
        }
    }
}
