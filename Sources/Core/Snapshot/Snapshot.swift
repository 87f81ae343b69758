/// An immutable picture of the director: the one source of CLI, API, metrics and page, so that
/// they cannot disagree.
///
/// Its keys, as they are spelt here, are the contract of the API's status document.
package struct Snapshot: Codable, Equatable, Sendable {
    /// When it was taken.
    package var takenAt: Timestamp
    /// The director.
    package var node: NodeStatus
    /// The configuration that is in force.
    package var config: ConfigStatus
    /// The routing daemon.
    package var frr: FRRStatus
    /// The kernel's table.
    package var ipvs: IPVSStatus
    /// The link with the VIPs, and the kernel settings.
    package var link: LinkStatus
    /// The VIPs, sorted by name; after them addresses that are being let go.
    package var vips: [VIPStatus]
    /// What is wrong now, most pressing first.
    package var warnings: [WarningStatus]
    /// What operators have ordered about real servers over the configuration.
    package var overrides: [OverrideStatus]
    /// The drains that are kept for VIPs which are not in the configuration; absent without any.
    package var keptDrains: [KeptDrainStatus]?
    /// The ration of route changes.
    package var routeChanges: RouteChangeStatus?
    /// What has happened since this process began.
    package var counts: DirectorCounts?
    /// How many VIPs are not as wanted, by where: `link`, `ipvs`, `bgp`.
    package var unsettled: [String: Int]?
    /// The process that carries out the probes; absent where they have none of their own.
    package var probeWorker: ProbeWorkerStatus?
    /// What has come of probes since this process began.
    package var probes: ProbeCounts?

    /// A picture of these parts.
    package init(
        takenAt: Timestamp,
        node: NodeStatus,
        config: ConfigStatus,
        frr: FRRStatus,
        ipvs: IPVSStatus,
        link: LinkStatus,
        vips: [VIPStatus],
        warnings: [WarningStatus],
        overrides: [OverrideStatus] = [],
        keptDrains: [KeptDrainStatus]? = nil,
        routeChanges: RouteChangeStatus? = nil,
        counts: DirectorCounts? = nil,
        unsettled: [String: Int]? = nil,
        probeWorker: ProbeWorkerStatus? = nil,
        probes: ProbeCounts? = nil
    ) {
        self.takenAt = takenAt
        self.node = node
        self.config = config
        self.frr = frr
        self.ipvs = ipvs
        self.link = link
        self.vips = vips
        self.warnings = warnings
        self.overrides = overrides
        self.keptDrains = keptDrains
        self.routeChanges = routeChanges
        self.counts = counts
        self.unsettled = unsettled
        self.probeWorker = probeWorker
        self.probes = probes
    }
}

/// The director in a snapshot.
package struct NodeStatus: Codable, Equatable, Sendable {
    /// The words for what the director is doing.
    package enum State: String, Codable, Equatable, Sendable, CaseIterable {
        /// Not every plane and check has been seen yet.
        case starting
        case active
        case draining
        case drained
    }

    /// Its name.
    package var name: String
    /// Its labels.
    package var labels: [String: String]
    /// What it is doing.
    package var state: State
    /// Since when.
    package var since: Timestamp
    /// The drain, while there is one.
    package var drain: DrainStatus?
    /// Whether it suspects itself; absent where it does not ask.
    package var brake: BrakeStatus?
}

/// The configuration in a snapshot.
package struct ConfigStatus: Codable, Equatable, Sendable {
    /// The file it was read from.
    package var file: String
    /// A short digest of its text.
    package var digest: String
    /// When it took effect.
    package var loadedAt: Timestamp
    /// True when the last attempt to load one failed and this one was kept.
    package var lastReloadFailed: Bool

    /// The configuration read from `file`.
    package init(file: String, digest: String, loadedAt: Timestamp, lastReloadFailed: Bool = false)
    {
        self.file = file
        self.digest = digest
        self.loadedAt = loadedAt
        self.lastReloadFailed = lastReloadFailed
    }
}

/// How well a plane can be seen, in a snapshot.
package struct VisibilityStatus: Codable, Equatable, Sendable {
    /// `unseen`, `seen` or `blind`.
    package var state: String
    /// Why it cannot be seen.
    package var fault: Fault?
}

/// The kernel's table in a snapshot.
package struct IPVSStatus: Codable, Equatable, Sendable {
    /// How well it can be seen.
    package var visibility: VisibilityStatus
    /// How many services and destinations of ours are in it.
    package var services: Int
    package var destinations: Int
    /// How many services are in it that are not ours.
    package var foreignServices: Int
    /// Which they are, as far as a picture has room for them.
    package var foreign: [ForeignService]
    /// The services by which checks reach one real server through a VIP; absent without any.
    package var checkPaths: CheckPathsStatus?
    /// True when nothing is known that should be changed in it.
    package var inStep: Bool
    /// True when the table is only kept in memory, for a trial.
    package var inMemory: Bool

    /// The most foreign services of one picture: somebody else's table may have thousands.
    package static let mostForeign = 64
}

/// The services by which checks reach one real server through a VIP, in a snapshot.
///
/// They serve nobody, and are counted among neither our services nor those of others.
package struct CheckPathsStatus: Codable, Equatable, Sendable {
    /// How many the configuration asks for, and how many are in the kernel's table.
    package var wanted: Int
    package var inTable: Int
    /// The firewall marks that are theirs, in hexadecimal.
    package var marks: String
    /// Why one of them is not as wanted.
    package var fault: Fault?
    /// Services of others with one of those marks, as far as a picture has room for them.
    package var strangers: [String]
}

/// The link with the VIPs in a snapshot.
package struct LinkStatus: Codable, Equatable, Sendable {
    /// How well it can be seen.
    package var visibility: VisibilityStatus
    /// Its name.
    package var interface: String
    /// Addresses on it that are not ours to touch.
    package var foreignAddresses: [String]
    /// Kernel settings that were read.
    package var settings: [SettingStatus]
}

/// A kernel setting in a snapshot.
package struct SettingStatus: Codable, Equatable, Sendable {
    /// What it is, absent where the kernel does not have it, what it should be, and why.
    package var name: String
    package var actual: String?
    package var wanted: String
    package var right: Bool
    package var reason: String

    /// A setting of these parts.
    package init(name: String, actual: String?, wanted: String, right: Bool, reason: String) {
        self.name = name
        self.actual = actual
        self.wanted = wanted
        self.right = right
        self.reason = reason
    }
}

/// Something that is wrong now.
package struct WarningStatus: Codable, Equatable, Sendable {
    /// The stable code of the fault, or a reason's word.
    package var code: String
    /// The VIP it is about, if one.
    package var vip: String?
    /// One sentence.
    package var text: String
    /// What to do next, where that is known.
    package var fix: String

    init(code: String, vip: String?, text: String, fix: String) {
        self.code = code
        self.vip = vip
        self.text = text
        self.fix = fix
    }

    /// The warning that says `fault`, about `vip` if about one.
    package init(_ fault: Fault, vip: String? = nil) {
        let because = fault.because.isEmpty ? "" : " (\(fault.because))"
        self.init(code: fault.code, vip: vip, text: fault.summary + because, fix: fault.fix)
    }
}
