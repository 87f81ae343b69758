import Core
import Net

/// bgpd as a process: which one it is, what of its configuration it has read, whether it answers.
struct SimulatedDaemon {
    /// Counts the processes there were.
    var incarnation = 1
    /// Whether `router bgp` has been read.
    var hasInstance = true
    /// Lines other than networks that it has read.
    var otherLines: UInt64 = 1
    /// What is still to be read of a saved configuration, a piece at a time.
    var unread: [Prefix?] = []
    /// The process that was last looked at: a plane announces through no other.
    var seenIncarnation = 0
    /// Whether it takes connections and does not answer.
    var isHung = false
    /// Whether looks tell a digest of its configuration.
    var tellsDigest = false

    static let silence = Fault(code: "F104", summary: "bgpd takes the connection and is silent")
    static let gone = Fault(code: "F102", summary: "nobody listens")
    static let noInstance = Fault(code: "F109", summary: "bgpd has no instance")

    /// Whether an announcement is written: not without an instance, and not to a process that was
    /// not looked at.
    var takesAnnouncements: Bool {
        hasInstance && (seenIncarnation == 0 || seenIncarnation == incarnation)
    }

    /// What a look tells of its whole configuration.
    func digest(_ networks: Set<Prefix>) -> UInt64? {
        guard tellsDigest else { return nil }
        var sum = otherLines &* 0x100_0000_01b3
        for prefix in networks.sorted() {
            for byte in "\(prefix)".utf8 { sum = (sum ^ UInt64(byte)) &* 0x100_0000_01b3 }
        }
        return sum
    }
}

extension SimulatedWorld {
    /// bgpd ends and starts, with `saved` in its configuration file, of which it has read nothing.
    ///
    /// Its sessions are back with its instance, and routers that help a graceful restart go on by
    /// what they had until they are sent everything anew.
    mutating func restartDaemon(saved: [Prefix?]) {
        for peer in Self.peers where !downPeers.contains(peer) {
            lose(peer)
            regain(peer)
        }
        networks = []
        forms = [:]
        wire = [:]
        daemon.incarnation += 1
        daemon.hasInstance = false
        daemon.otherLines = 0
        daemon.unread = saved
        daemon.isHung = false
    }

    /// Another piece of the configuration is read.
    mutating func readOn() {
        guard !daemon.unread.isEmpty else { return daemon.hasInstance = true }
        daemon.hasInstance = true
        daemon.otherLines += 1
        if let prefix = daemon.unread.removeFirst() { networks.insert(prefix) }
    }
}
