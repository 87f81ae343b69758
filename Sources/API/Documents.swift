package import Core

// The documents of the API that are not part of a snapshot. Their keys, as spelt here, are what
// programs see.

/// When a loop of the daemon last came round.
package struct LoopPulse: Codable, Equatable, Sendable {
    /// Its name, such as `round`.
    package var name: String
    /// When it last came round.
    package var lastBeat: Timestamp
    /// Whether that is recent enough for it to count as alive: within three of its periods.
    package var alive: Bool
    /// By how many seconds it came round later than it meant to, at the worst of the last half
    /// minute; absent where that is not measured.
    package var lagSeconds: Double?

    /// The pulse of the loop `name`.
    package init(name: String, lastBeat: Timestamp, alive: Bool, lagSeconds: Double? = nil) {
        self.name = name
        self.lastBeat = lastBeat
        self.alive = alive
        self.lagSeconds = lagSeconds
    }
}

/// Whether the daemon's loops run.
package struct Liveness: Codable, Equatable, Sendable {
    /// Whether every one does.
    package var alive: Bool
    /// Each of them.
    package var loops: [LoopPulse]
}

/// Whether the daemon has seen all it needs to judge.
package struct Readiness: Codable, Equatable, Sendable {
    /// Whether it has.
    package var ready: Bool
    /// The planes that were not seen yet.
    package var waitingFor: [String]
}

/// Something wrong in a configuration.
package struct ConfigurationProblem: Codable, Equatable, Sendable {
    /// The stable code, such as `C110`.
    package var code: String
    /// The file, as the operator named it.
    package var file: String
    /// Where it begins, counted from 1.
    package var line: Int
    package var column: Int
    /// One sentence.
    package var text: String
    /// The whole message with the line of the file and a caret under it.
    package var rendered: String

    /// A problem at a place of a file.
    package init(
        code: String,
        file: String,
        line: Int,
        column: Int,
        text: String,
        rendered: String
    ) {
        self.code = code
        self.file = file
        self.line = line
        self.column = column
        self.text = text
        self.rendered = rendered
    }
}

/// What a reload did.
package struct ReloadReport: Codable, Equatable, Sendable {
    /// The configuration that is in force now.
    package var config: ConfigStatus
    /// False when the file said what was in force already.
    package var changed: Bool

    /// The outcome of a reload.
    package init(config: ConfigStatus, changed: Bool) {
        self.config = config
        self.changed = changed
    }
}

/// Every gate between the configuration and the routers for one VIP.
package struct Explanation: Codable, Equatable, Sendable {
    /// When the picture was taken.
    package var takenAt: Timestamp
    /// How many peers are established, which is how many could hold the route.
    package var establishedPeers: Int
    /// The VIP with its gates.
    package var vip: VIPStatus
    /// Every kernel setting that matters on this director, right or wrong, with its reason.
    package var settings: [SettingStatus]

    /// The gates of `vip`.
    package init(
        takenAt: Timestamp,
        establishedPeers: Int,
        vip: VIPStatus,
        settings: [SettingStatus] = []
    ) {
        self.takenAt = takenAt
        self.establishedPeers = establishedPeers
        self.vip = vip
        self.settings = settings
    }
}

/// What runs.
package struct VersionReport: Codable, Equatable, Sendable {
    /// The version of the program.
    package var version: String
}
