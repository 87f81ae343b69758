/// Whether a director suspects itself, in a snapshot.
package struct BrakeStatus: Codable, Equatable, Sendable {
    /// `off`, `on` while it holds what was up before, `spent` once it may not any more.
    package var state: String
    /// `keep`, `soften` or `withdraw`.
    package var policy: String
    /// The share of targets that must fail at once, in percent, and how many at least.
    package var share: Int
    package var targets: Int
    /// How often it began to hold since this process began.
    package var engagements: Int
    /// How many targets fail, of how many that were heard of since; absent while it is off.
    package var failing: Int?
    package var heard: Int?
    /// Since when it holds, and until when at the most; absent while it is off.
    package var since: Timestamp?
    package var until: Timestamp?
    /// The canaries, as configured.
    package var canaries: [CanaryStatus]
}

/// A canary in a snapshot.
package struct CanaryStatus: Codable, Equatable, Sendable {
    /// Its name, and where it is asked.
    package var name: String
    package var endpoint: String
    /// The words of a server's health.
    package var health: String
    /// The last result.
    package var last: String
}
