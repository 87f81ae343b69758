/// What has come of probes since this process began, in a snapshot.
package struct ProbeCounts: Codable, Equatable, Sendable {
    /// What has come of those of one check.
    package struct Row: Codable, Equatable, Sendable {
        /// The name of the check; of several that ask the same of the same servers, all.
        package var check: String
        /// What the configuration calls what it does: `tcp`, `https`.
        package var type: String
        /// How many ended with each code.
        package var results: [String: Int]
        /// How long they took.
        package var took: DurationCounts

        /// A row of these parts.
        package init(
            check: String,
            type: String,
            results: [String: Int] = [:],
            took: DurationCounts = DurationCounts(.probes)
        ) {
            self.check = check
            self.type = type
            self.results = results
            self.took = took
        }
    }

    /// How many targets are probed again and again.
    package var scheduled = 0
    /// How many probes are under way.
    package var running = 0
    /// How long after their time probes began.
    package var lateness = DurationCounts(.probes)
    /// What has come of them, by check, in the order of names and types.
    package var checks: [Row] = []

    /// Nothing yet.
    package init() {}
}
