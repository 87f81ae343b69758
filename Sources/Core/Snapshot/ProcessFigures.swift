/// What a process takes of its host, as the kernel counts it (proc(5)).
package struct ProcessFigures: Equatable, Sendable {
    /// The time it ran on a processor, in its own code and for it in the kernel.
    package var cpuSeconds: Double
    /// When it began, in seconds since the Unix epoch.
    package var startedAt: Double
    /// The memory that it has, and what of that is not swapped out or never touched.
    package var virtualBytes: Int
    package var residentBytes: Int
    /// Its threads.
    package var threads: Int
    /// How many descriptors are open, where that could be seen.
    package var openFiles: Int?
    /// How many may be.
    package var mostFiles: Int?

    /// What is counted in, on the kernel that runs.
    package struct Units: Sendable {
        /// When the kernel began, in seconds since the Unix epoch.
        package var bootedAt: Double
        package var ticksPerSecond: Int
        package var pageBytes: Int

        /// These units.
        package init(bootedAt: Double, ticksPerSecond: Int, pageBytes: Int) {
            self.bootedAt = bootedAt
            self.ticksPerSecond = ticksPerSecond
            self.pageBytes = pageBytes
        }
    }

    /// The figures in `stat`, the text of /proc/PID/stat; `nil` for something else.
    package init?(stat: String, in units: Units) {
        // The name of the program comes second, and may hold anything, also parentheses.
        guard let end = stat.lastIndex(of: ")"), units.ticksPerSecond > 0 else { return nil }
        let fields = stat[stat.index(after: end)...].split { $0 == " " || $0 == "\n" }
        /// The field by its number in proc(5), where the state is the third.
        func field(_ number: Int) -> Int? {
            fields.indices.contains(number - 3) ? Int(fields[number - 3]) : nil
        }
        guard let user = field(14), let system = field(15), let threads = field(20),
            let started = field(22), let bytes = field(23), let pages = field(24)
        else { return nil }
        let ticks = Double(units.ticksPerSecond)
        cpuSeconds = (Double(user) + Double(system)) / ticks
        startedAt = units.bootedAt + Double(started) / ticks
        virtualBytes = bytes
        residentBytes = pages * units.pageBytes
        self.threads = threads
    }
}
