package import Core
internal import Net

/// What an emergency stop found and brought about at one routing daemon.
package struct StopReport: Codable, Equatable, Sendable {
    /// One host prefix inside the owned ranges.
    package struct Route: Codable, Equatable, Sendable {
        /// The prefix.
        package var prefix: String
        /// Whether bgpd still originates it.
        package var configured: Bool
        /// The peers it was sent to at any look, and those it is still sent to; sorted.
        package var wasSentTo: [String]
        package var stillSentTo: [String]

        /// Whether nothing is left of it here or at a peer.
        package var isGone: Bool { !configured && stillSentTo.isEmpty }
    }

    /// Which daemon.
    package var speaker: String
    /// Everything of ours that was seen, by prefix.
    package var routes: [Route] = []
    /// The peers without a session, which can neither be told nor be asked.
    package var silentPeers: [String] = []
    /// Whether the last look succeeded, so that the routes are what is.
    package var isSeen = false
    /// Whether a withdrawal was written without a look that showed what there was.
    package var wasToldUnseen = false
    /// The prefixes whose kernel routes were removed while bgpd could not be written to, sorted;
    /// `nil` where that was not tried.
    package var clearedFromKernel: [String]?
    /// Whether the time was up before everything was seen gone.
    package var isLate = false
    /// What keeps it from being seen, or from being written to.
    package var fault: Fault?
    /// What bgpd said to the last withdrawal that it refused.
    package var writeFault: Fault?

    /// A report of nothing seen yet.
    init(speaker: String) { self.speaker = speaker }

    /// Whether everything was seen gone.
    package var isGone: Bool { isSeen && routes.allSatisfy(\.isGone) }

    /// Whether nobody answers, because bgpd does not run.
    package var isUnreachable: Bool { ["F101", "F102"].contains(fault?.code) }

    /// Whether this user may not talk to bgpd.
    package var isForbidden: Bool { fault?.code == "F103" }

    /// Takes in what a look gave; answers what has to be withdrawn.
    mutating func take(_ facts: BGPFacts, owned: [Prefix]) -> [IPAddress] {
        func isOurs(_ prefix: Prefix) -> Bool {
            prefix.isHost && owned.contains { $0.contains(prefix) }
        }
        let configured = Set(facts.announced.keys.filter(isOurs))
        var known = Dictionary(uniqueKeysWithValues: routes.map { ($0.prefix, $0) })
        for prefix in configured.union(facts.sentTo.keys.filter(isOurs)) {
            let text = "\(prefix)"
            known[text] =
                known[text]
                ?? Route(prefix: text, configured: true, wasSentTo: [], stillSentTo: [])
        }
        let sent = Dictionary(
            facts.sentTo.map { ("\($0.key)", $0.value.sorted()) },
            uniquingKeysWith: { first, _ in first }
        )
        let names = Set(configured.map { "\($0)" })
        routes = known.values.map { route in
            var route = route
            route.configured = names.contains(route.prefix)
            route.stillSentTo = sent[route.prefix] ?? []
            route.wasSentTo = Set(route.wasSentTo).union(route.stillSentTo).sorted()
            return route
        }.sorted { $0.prefix < $1.prefix }
        silentPeers = facts.peers.filter { !$0.isEstablished }.map { "\($0.id) (\($0.state))" }
        isSeen = true
        // Without an instance nothing is announced; another one's is not ours to write.
        fault = facts.refusal
        if isGone { writeFault = nil }
        return configured.map(\.address).sorted()
    }

    /// Takes in that a look failed.
    mutating func couldNotSee(_ fault: Fault) {
        isSeen = false
        self.fault = fault
    }

    /// Takes in what became of the kernel routes that announce.
    mutating func cleared(_ result: Result<[IPAddress], Fault>) {
        switch result {
        case .success(let addresses):
            clearedFromKernel = addresses.map { "\(Prefix(host: $0))" }
            // What is usually said, that routes come back with bgpd, is not so then.
            if let fault, isUnreachable {
                self.fault = Fault(
                    code: fault.code,
                    summary: fault.summary,
                    because: fault.because,
                    fix: "systemctl status frr; journalctl -u frr"
                )
            }
        case .failure(let fault): writeFault = fault
        }
    }

    /// Takes in that a write failed; the next look shows what came of it.
    mutating func wasRefused(_ fault: Fault) { writeFault = fault }
}
