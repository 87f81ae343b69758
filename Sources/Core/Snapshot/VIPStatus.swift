/// A VIP in a snapshot.
package struct VIPStatus: Codable, Equatable, Sendable {
    /// The words for how a VIP stands.
    package enum State: String, Codable, Equatable, Sendable, CaseIterable {
        /// Not healthy, and not announced in this run.
        case down
        /// Healthy and waiting for something before it is announced: the hold-up, or its footing.
        case holding
        /// To be announced; not yet seen to be sent to enough peers.
        case advertising
        /// Seen to be sent to enough peers.
        case advertised
        /// Configured in bgpd for a while, and still not sent to enough peers.
        case blocked
        /// Drained, and still announced with a path worse than any other.
        case softDraining = "soft-draining"
        /// bgpd hangs, so nobody can say; routers may go on sending here.
        case unknown
        /// Taken back; or being taken back.
        case withdrawn
    }

    /// Its name; the address, for one that is no longer configured.
    package var name: String
    /// The address, without a length.
    package var address: String
    /// How it stands.
    package var state: State
    /// Since when.
    package var since: Timestamp
    /// Whether it should be announced, all in all; the state says how far that has come.
    package var isWanted: Bool?
    /// The reason's word and sentence, while it should not be announced or is held back.
    package var reason: ReasonStatus?
    /// The peers it was last seen to be sent to, sorted.
    package var advertisedTo: [String]
    /// Those of them that are known to have been sent the worse path of a drain, sorted.
    package var softenedTo: [String]?
    /// How it is announced now, and how it should be; absent when not at all.
    package var announcement: AnnouncementStatus?
    package var wantedAnnouncement: AnnouncementStatus?
    /// The speaker that it is announced by; absent where there is one.
    package var speaker: String?
    /// Its own drain, while it is drained alone.
    package var drain: DrainStatus?
    /// Whether bgpd knows a path to it that is not ours; absent while that is not known.
    package var otherPath: Bool?
    /// How restless it has been, while that is remembered.
    package var damping: DampingStatus?
    /// For how long a change of its route has waited for its turn, in seconds, while it does.
    package var waitingSeconds: Double?
    /// How many peers could be sent it: those with its family activated, established or not.
    package var peers: Int?
    /// Packets per second from clients; absent until measured.
    package var packetsPerSecond: Double?
    /// Its services.
    package var services: [ServiceStatus]
    /// Every gate between the configuration and the routers, in order.
    package var gates: [GateStatus]
    /// What each place on its way to routers says, from the kernel to each peer.
    ///
    /// Absent where it was not asked: `explain` asks for every VIP, and other pictures show what
    /// was asked because nobody is sent it.
    package var path: [GateStatus]?
    /// What has happened to its route since this process began; absent while nothing has.
    package var counts: RouteCounts?
}

/// Why a VIP is not announced, in a snapshot.
package struct ReasonStatus: Codable, Equatable, Sendable {
    /// The stable word.
    package var code: String
    /// One sentence.
    package var text: String
    /// What to do next, where that is known.
    package var fix: String
}

/// One gate of `explain`.
package struct GateStatus: Codable, Equatable, Sendable {
    /// Whether it lets the VIP through.
    package enum Standing: String, Codable, Equatable, Sendable, CaseIterable {
        case open
        case closed
        /// Cannot be judged yet, or does not apply.
        case none
    }

    /// What is looked at, such as `config`, `node`, a service's name, `hold` or `address`.
    package var name: String
    /// Whether it lets the VIP through.
    package var standing: Standing
    /// The evidence.
    package var text: String

    /// A gate of these parts.
    package init(name: String, standing: Standing, text: String) {
        self.name = name
        self.standing = standing
        self.text = text
    }

    /// What a place on the way of a VIP says.
    package init(_ evidence: PathEvidence) {
        self.init(
            name: evidence.place,
            standing: evidence.isGood.map { $0 ? .open : .closed } ?? .none,
            text: evidence.text
        )
    }
}

/// A service in a snapshot.
package struct ServiceStatus: Codable, Equatable, Sendable {
    /// Its name, which is unique within the VIP.
    package var name: String
    /// The form of the configuration file: `443/tcp`.
    package var listen: String
    /// `up`, `down` or `unknown`.
    package var state: String
    /// Whether it decides about the announcement.
    package var gates: Bool
    /// `dr`, `tun` or `nat`.
    package var forwarding: String
    /// The scheduler with its flags: `mh(mh-fallback,mh-port)`.
    package var scheduler: String
    /// Weight of the ready backends that are up, of all ready ones, and needed; 0 where the quorum
    /// counts servers.
    package var liveWeight: Int
    package var configuredWeight: Int
    package var neededWeight: Int
    /// The quorum, where it counts servers.
    package var quorumServers: ServerQuorumStatus?
    /// How it stands against its `min-healthy`; absent where it has none.
    package var minHealthy: MinHealthyStatus?
    package var backends: [BackendStatus]
    /// What the kernel has of it; absent while it has nothing.
    package var table: TableStatus?
    /// What the kernel counted for it; absent until it was looked at.
    package var traffic: TrafficCounters?
}

/// A quorum that counts servers, in a snapshot.
package struct ServerQuorumStatus: Codable, Equatable, Sendable {
    /// Ready servers that are up, all ready ones, and how many are needed.
    package var live: Int
    package var configured: Int
    package var needed: Int
}

/// How a service stands against its `min-healthy`, in a snapshot.
package struct MinHealthyStatus: Codable, Equatable, Sendable {
    /// What is counted: `weight` or `servers`.
    package var counted: String
    /// What lives of it, and below what those that fail get their weight back.
    package var live: Int
    package var needed: Int
    /// How many have their weight back although they fail.
    package var broughtBack: Int
}

/// A check of a real server that is only observed, in a snapshot.
package struct ObservedStatus: Codable, Equatable, Sendable {
    /// The name of the check.
    package var check: String
    /// What it would make of the server, in the words of a server's health.
    package var health: String
    /// The last result.
    package var last: String
}

/// Why a real server that passes its checks gets no flows, in a snapshot.
package struct AsideStatus: Codable, Equatable, Sendable {
    /// `restless` or `slow`.
    package var why: String
    /// With its numbers.
    package var text: String
}

/// What a check of a real server said last, in a snapshot.
package struct CheckResultStatus: Codable, Equatable, Sendable {
    /// The name of the check.
    package var check: String
    /// The code of its last result, such as `L7OK`.
    package var code: String

    /// The last result of `check`.
    package init(check: String, code: String) {
        self.check = check
        self.code = code
    }
}

/// How often a real server turned since this process began, in a snapshot.
package struct TurnStatus: Codable, Equatable, Sendable {
    /// How often it began to pass its checks.
    package var up: Int
    /// How often it began to fail them.
    package var down: Int

    /// So often.
    package init(up: Int, down: Int) {
        self.up = up
        self.down = down
    }
}

/// A real server in a snapshot.
package struct BackendStatus: Codable, Equatable, Sendable {
    /// Address and port.
    package var endpoint: String
    /// `ready`, `drain` or `maint`.
    package var admin: String
    /// `up`, `down`, `unknown`, `going-up 1/2` or `going-down 2/3`.
    package var health: String
    /// The weight in the table; absent while it is not there.
    package var weight: Int?
    /// The last result that matters: the first that fails, otherwise the last.
    package var check: String
    /// How long that probe took, in milliseconds.
    package var checkMilliseconds: Double?
    /// Established connections through this director.
    package var activeConnections: Int?
    /// Connections through this director that are not established.
    package var inactiveConnections: Int?
    /// What the kernel counted for it; absent until it was looked at.
    package var traffic: TrafficCounters?
    /// The operator's words.
    package var note: String?
    /// What is only observed of it; absent where nothing is.
    package var observed: [ObservedStatus]?
    /// The code of the last result of each check; absent before the first.
    package var results: [CheckResultStatus]?
    /// How often it began to pass its checks, and to fail them; absent before the first time.
    package var turns: TurnStatus?
    /// How its sentinel stands; absent where no check has one.
    package var sentinel: SentinelStatus?
    /// What its agent says, and what follows; absent where it has none.
    package var agent: AgentStatus?
    /// Why it is set aside although it passes its checks; absent where it is not.
    package var aside: AsideStatus?
    /// When weight and connections were last read from the table.
    package var seenAt: Timestamp?
    /// The weight it has while it is ready and up, in the units of the configuration.
    package var nominalWeight: Int?
    /// What is ordered about it over the configuration; absent when nothing is.
    package var overrides: [OverrideStatus]?
    /// The hand-over that it takes part in, under way or stopped.
    package var handover: HandoverStatus?
    /// Why it still gets new flows although it is to get none.
    package var waiting: String?
}
