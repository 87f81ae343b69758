/// The process that carries out the probes, in a snapshot.
package struct ProbeWorkerStatus: Codable, Equatable, Sendable {
    /// Whether it answers.
    package var running: Bool
    /// Since when.
    package var since: Timestamp
    /// How many times one took the place of another that ended or did not answer.
    package var restarts: Int
    /// How the last one ended, in words; absent while none has.
    package var lastEnd: String?

    /// A worker of these parts.
    package init(running: Bool, since: Timestamp, restarts: Int = 0, lastEnd: String? = nil) {
        self.running = running
        self.since = since
        self.restarts = restarts
        self.lastEnd = lastEnd
    }
}
