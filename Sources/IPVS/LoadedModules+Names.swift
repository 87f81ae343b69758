import Netlink

extension LoadedModules {
    /// Whether the scheduler has been found, so that it is not what is missing.
    func holds(_ scheduler: Scheduler) -> Bool {
        scheduler == .none || contains("ip_vs_\(scheduler)")
    }

    /// Whether the persistence engine of this name has been found.
    func holds(engine: String) -> Bool { contains("ip_vs_pe_\(engine)") }
}
