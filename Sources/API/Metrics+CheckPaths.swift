import Core

extension CheckPathsStatus {
    /// The services of checks, counted apart from those that serve.
    func add(to page: inout MetricsText) {
        page.add(
            "penstock_check_paths_wanted",
            "Real servers that checks reach through a VIP, each by a service of its own.",
            [.init([], wanted)]
        )
        page.add(
            "penstock_check_paths",
            "Those services in the kernel; they are not among penstock_ipvs_services.",
            [.init([], inTable)]
        )
    }
}
