internal import API
internal import Core
internal import Daemon
internal import Net
internal import Settings

/// What an emergency stop goes by: where bgpd is, what is ours there, and how it is known.
struct WithdrawalBasis: Sendable {
    /// The speakers and the ranges; `nil` when nothing says them.
    var intent: Intent?
    /// Where the daemon listens, if it runs.
    var controlSocket: String
    /// Whether it is known to be everything: a part of a file that is wrong may name less.
    var isComplete: Bool
    /// What is wrong with the configuration; empty when nothing is.
    var complaint: String
    /// What is gone by beside the file as it is, and where it is from; a line for each.
    var sources: [String] = []

    /// What somebody gave on the command line in place of everything else.
    struct Given: Sendable {
        /// bgpd's socket and AS, and the ranges.
        var vtySocket: String?
        var asn: ASN?
        var ownedPrefixes: [Prefix] = []

        /// Whether nothing was given.
        var isEmpty: Bool { vtySocket == nil && asn == nil && ownedPrefixes.isEmpty }
    }

    /// By what was given.
    init(_ given: Given, asn: ASN) {
        var policy = BGPPolicy(asn: asn, ownedPrefixes: given.ownedPrefixes)
        if let socket = given.vtySocket { policy.vtySocket = socket }
        intent = Self.intent(policy)
        controlSocket = ControlClient.defaultSocket
        isComplete = true
        complaint = ""
        sources = Self.words(policy, from: "the command line")
    }

    /// By the configuration `file`, and by what the daemon wrote down in `ledger` where it has.
    ///
    /// - Throws: `D420` when what the daemon wrote down makes no sense.
    init(file: String, ledger: Ledger?) throws(Fault) {
        do {
            let loaded = try Settings.load(path: file, hostName: HostName.current)
            let former = try ledger?.former(besides: loaded.intent) ?? FormerRouting()
            intent = former.joined(to: loaded.intent)
            sources = Self.words(former)
            controlSocket = loaded.control.socket
            isComplete = true
            complaint = ""
        } catch let fault as Fault {
            throw fault
        } catch {
            let salvage = Settings.salvage(path: file)
            complaint = "\(error)"
            controlSocket = salvage?.control.socket ?? ControlClient.defaultSocket
            let kept = try ledger?.lastRouting
            isComplete = kept != nil
            guard let policy = salvage?.bgp ?? kept else { return }
            intent = Self.intent(policy, salvage)
            if salvage?.bgp != nil { sources = Self.words(policy, from: "\(file), in part") }
            guard let ledger, let kept, let read = intent else { return }
            sources += Self.words(kept, from: "what the daemon wrote down")
            // What one of the two does not say, the other does.
            intent = try ledger.former(besides: read).joined(to: read)
        }
    }

    private static func intent(_ policy: BGPPolicy, _ salvage: Settings.Salvage? = nil) -> Intent {
        var ipvs = IPVSPolicy()
        if let interface = salvage?.interface { ipvs.interface = interface }
        return Intent(
            node: Node(name: HostName.current),
            bgp: policy,
            ipvs: ipvs,
            vips: salvage?.vips ?? []
        )
    }

    /// What no configuration says any more.
    private static func words(_ former: FormerRouting) -> [String] {
        let source = "what an earlier configuration had"
        return former.ownedPrefixes.map { "prefixes in \($0) (\(source))" }
            + former.speakers.map { "bgpd at \($0.vtySocket), AS \($0.asn) (\(source))" }
    }

    private static func words(_ policy: BGPPolicy, from source: String) -> [String] {
        let ranges = policy.ownedPrefixes.map { "\($0)" }.joined(separator: ", ")
        return ["owned prefixes \(ranges) (\(source))"]
            + policy.speakers.map { speaker in
                "bgpd at \(speaker.vtySocket), AS \(speaker.asn)"
                    + (speaker.vrf.map { ", VRF \($0)" } ?? "") + " (\(source))"
            }
    }
}
