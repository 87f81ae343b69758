package import Core

/// How the daemon itself fares, which no picture of the director shows.
package struct Vitals: Sendable {
    /// What its process takes; `nil` where the kernel does not tell.
    package var process: ProcessFigures?
    /// How often its state was written, and how often that failed.
    package var stateWrites: (ok: Int, failed: Int)?

    /// Nothing known, or these.
    package init(process: ProcessFigures? = nil, stateWrites: (ok: Int, failed: Int)? = nil) {
        self.process = process
        self.stateWrites = stateWrites
    }
}

extension Vitals {
    func add(to page: inout MetricsText) {
        if let writes = stateWrites {
            page.add(
                "penstock_state_writes_total",
                "Writes of what outlasts a restart, by whether it is on disk.",
                kind: .counter,
                [
                    .init([.init("result", "ok")], writes.ok),
                    .init([.init("result", "failed")], writes.failed),
                ]
            )
        }
        if let process { Self.add(process, to: &page) }
    }

    /// Under the names that every client library of Prometheus gives them.
    private static func add(_ process: ProcessFigures, to page: inout MetricsText) {
        page.add(
            "process_cpu_seconds_total",
            "Time on a processor, in user and system mode; without the process of the probes.",
            kind: .counter,
            [.init([], process.cpuSeconds)]
        )
        page.add(
            "process_resident_memory_bytes",
            "Memory that is in use.",
            [.init([], process.residentBytes)]
        )
        page.add(
            "process_virtual_memory_bytes",
            "Memory that addresses stand for, used or not.",
            [.init([], process.virtualBytes)]
        )
        page.add("process_threads", "Threads.", [.init([], process.threads)])
        page.add(
            "process_start_time_seconds",
            "When the process began, since the Unix epoch.",
            [.init([], process.startedAt)]
        )
        page.add(
            "process_open_fds",
            "Descriptors that are open.",
            process.openFiles.map { [.init([], $0)] } ?? []
        )
        page.add(
            "process_max_fds",
            "Descriptors that may be open.",
            process.mostFiles.map { [.init([], $0)] } ?? []
        )
    }
}
