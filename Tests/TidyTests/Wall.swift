/// What one target may import, and why nothing else.
///
/// The manifest keeps a target from importing what it does not depend on; this table also holds
/// the modules that come with the toolchain, and keeps the manifest itself from growing a door
/// that nobody argued for. Add a module here together with its reason.
struct Wall: Sendable {
    /// The modules behind the door.
    let modules: Set<String>
    /// What the target is for, which is why the rest stays outside.
    let reason: String

    /// A wall with doors for these modules.
    init(_ modules: Set<String>, _ reason: String) {
        self.modules = modules
        self.reason = reason
    }

    /// What to do about an import that the wall does not let through.
    func advice(target: String, module: String) -> String {
        let allowed = modules.isEmpty ? "nothing" : modules.sorted().joined(separator: ", ")
        let instead = Self.instead[module].map { "; \($0)" } ?? ""
        return "\(target) may not import \(module) (it may: \(allowed)): \(reason)\(instead)"
    }

    /// Modules that come with the toolchain rather than from the manifest.
    static let toolchain: Set = [
        "Dispatch", "Foundation", "FoundationEssentials", "Glibc", "Synchronization",
    ]

    /// What serves in place of a module that is often reached for.
    private static let instead = [
        "Foundation": "Foundation is for text and JSON at the edges only",
        "Glibc": "a system call belongs into Netlink, behind a safe function",
        "CNetlink": "call Netlink, which owns every C handle",
        "CSpawn": "call Netlink, which owns every process that it starts",
        "CPacket": "call Netlink, which owns every C handle",
        "CGenericNetlink": "call Netlink, which owns every C handle",
    ]

    /// The wall of every target below `Sources`.
    static let all: [String: Wall] = [
        "Net": Wall([], "values only, below everything else"),
        "Core": Wall(
            ["Net", "OrderedCollections"],
            "a decision is a function: no clock, no logger, no socket"
        ),
        "Settings": Wall(
            // Foundation, because Yams brings it in any case; it reads the file.
            ["Core", "Net", "Yams", "Foundation", "FoundationEssentials"],
            "text in, validated intent out"
        ),
        "Netlink": Wall(
            // Dispatch: a netlink request blocks for a moment, on a queue of its own.
            [
                "CNetlink", "CGenericNetlink", "CPacket", "CSpawn", "Dispatch", "Glibc",
                "Synchronization",
            ],
            "owns every C handle and knows no word of the domain"
        ),
        "Link": Wall(["Net", "Netlink"], "a protocol library knows no policy"),
        "IPVS": Wall(["Net", "Netlink"], "a protocol library knows no policy"),
        "Firewall": Wall(["Net", "Netlink"], "a protocol library knows no policy"),
        "FRR": Wall(
            // bgpd answers in JSON; the small Foundation reads it.
            ["Net", "NIOCore", "NIOPosix", "Logging", "FoundationEssentials", "Synchronization"],
            "a protocol library knows no policy"
        ),
        "Planes": Wall(
            ["Core", "Net", "Link", "IPVS", "FRR", "Firewall", "Logging", "Synchronization"],
            "translates between the protocol libraries and the core, and opens nothing itself"
        ),
        "RealServers": Wall(
            // Foundation: what was changed is kept in a file of JSON.
            ["Core", "Net", "Link", "Foundation"],
            "prepares a machine that runs no director, so it knows neither table nor routes"
        ),
        "Probes": Wall(
            [
                "Core", "Net", "NIOCore", "NIOPosix", "NIOHTTP1", "Logging", "Synchronization",
                // The handshake of a probe, and word that it is over.
                "NIOSSL", "NIOHPACK", "NIOTLS",
                // Sockets by the thousand, without a channel for each, on a thread of their own.
                "Netlink", "Dispatch",
                // The names of errno values and socket options: NIO reports and takes bare
                // numbers. A call that needs care would also need `unsafe`, which is refused.
                "Glibc",
            ],
            "a probe that could look at a plane would believe the director itself"
        ),
        "Daemon": Wall(
            [
                "Core", "Net", "Planes", "Probes", "Logging", "ServiceLifecycle",
                // SIGHUP is a reload, and the lifecycle's own signals only stop.
                "UnixSignals",
                // The socket of the service manager's notifications.
                "NIOCore", "NIOPosix",
                // A drain file that hangs in its file system, on a thread of its own.
                "Dispatch",
                // Paths, the state file and wall-clock times for people.
                "Foundation", "FoundationEssentials", "Synchronization",
            ],
            "composes planes and probes into the loop; readers and texts are elsewhere"
        ),
        "API": Wall(
            [
                "Core", "Net", "Hummingbird", "Logging",
                // Hummingbird speaks in their types: requests, channels, addresses, credentials.
                "HummingbirdCore", "NIOCore", "NIOPosix", "NIOHTTP1",
                // The server is a service, so that it stops in its turn.
                "ServiceLifecycle",
                "Foundation", "FoundationEssentials", "Synchronization",
            ],
            "reads a snapshot and passes commands in, through closures it is given"
        ),
        "penstock": Wall(
            [
                "API", "Core", "Daemon", "Net", "RealServers", "Settings", "ArgumentParser",
                "Logging", "ServiceLifecycle", "Foundation", "FoundationEssentials",
                // A lone director is kept from the command line, without a daemon. The model of
                // the `mh` table: the core decides without it, and who shows or compares pictures
                // works out what they mean.
                "IPVS", "Link", "Probes",
                // SIGHUP is a reload, and the lifecycle's own signals only stop.
                "UnixSignals",
                // The configuration in force is read by the server and changed by a reload.
                "Synchronization",
            ],
            "composes; what it composes is testable without it"
        ),
    ]
}
