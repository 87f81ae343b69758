/// How the process stands that carries out the probes.
package struct ProbeWorkerSight: Hashable, Sendable {
    /// Whether it answers.
    package var isRunning: Bool
    /// How many times one took the place of another that ended or did not answer.
    package var restarts: Int
    /// How the last one ended, in words for an operator; `nil` while none has.
    package var lastEnd: String?

    /// A worker of these parts.
    package init(isRunning: Bool, restarts: Int = 0, lastEnd: String? = nil) {
        self.isRunning = isRunning
        self.restarts = restarts
        self.lastEnd = lastEnd
    }
}
