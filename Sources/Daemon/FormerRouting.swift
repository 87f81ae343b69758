package import Core
package import Logging
package import Net
internal import Planes

/// What earlier runs announced by and the configuration says no longer: speakers, ranges of
/// prefixes, and protocol numbers of kernel routes.
///
/// bgpd and the kernel outlive us, and what is left there would be announced for ever: a director
/// looks only where it was told to.
package struct FormerRouting: Equatable, Sendable {
    /// The time that a look at former speakers may take at a start.
    ///
    /// bgpd answers in milliseconds, or hangs; what could not be seen is looked at on duty.
    package static let patience: Duration = .seconds(2)

    /// The speakers, as they were configured.
    package var speakers: [Speaker] = []
    /// The protocol numbers.
    package var routeProtocols: Set<UInt8> = []
    /// The ranges, which the director itself lets go once it has seen that nothing is left there.
    package var ownedPrefixes: [Prefix] = []

    /// Nothing.
    package init() {}

    /// `intent`, with what is to be taken back beside it.
    package func joined(to intent: Intent) -> Intent {
        var intent = intent
        intent.bgp.take(former: speakers)
        intent.bgp.kernelRoute.formerProtocols = routeProtocols
        intent.bgp.formerPrefixes = ownedPrefixes
        return intent
    }

    /// The same without the speakers at which nothing of ours is left, and without the numbers that
    /// no route of ours has.
    package func reviewed(for intent: Intent, logger: Logger) async -> FormerRouting {
        var left = self
        do {
            left.routeProtocols = try await BGPPlane.protocolsInUse(
                routeProtocols,
                owned: intent.bgp.ownedPrefixes + ownedPrefixes
            )
        } catch {
            logger.warning(
                "cannot tell whether kernel routes of former numbers are left",
                metadata: ["reason": "\(error)"]
            )
        }
        guard !speakers.isEmpty else { return left }
        let all = joined(to: intent)
        let reports = await EmergencyStop.live(
            all,
            speakers: all.bgp.speakers.filter(\.isFormer),
            logger: logger
        ).survey(within: Self.patience)
        return left.without(reports)
    }

    /// The same without the speakers whose report, in their order, shows that nothing is left.
    func without(_ reports: [StopReport]) -> FormerRouting {
        var left = self
        left.speakers = zip(speakers, reports).filter { !$1.isGone }.map(\.0)
        return left
    }
}

extension StateFile {
    /// A speaker.
    package struct KeptSpeaker: Codable, Equatable, Sendable {
        /// Its name, its AS, and which instance it is.
        package var name: String
        package var asn: UInt32
        package var vtySocket: String
        package var vrf: String?
        /// `kernel-route` where that is its method; absent for statements.
        package var method: String?

        /// What is kept of `speaker`.
        init(_ speaker: Speaker) {
            name = speaker.name.text
            asn = speaker.asn.number
            vtySocket = speaker.vtySocket
            vrf = speaker.vrf
            method = speaker.method == .network ? nil : speaker.method.rawValue
        }

        /// The speaker, as far as it was kept.
        ///
        /// - Throws: what cannot be understood.
        var speaker: Speaker {
            get throws(ParseError) {
                Speaker(
                    name: try Name(parsing: name),
                    asn: ASN(asn),
                    vtySocket: vtySocket,
                    vrf: vrf,
                    method: method.flatMap(Speaker.Method.init(rawValue:)) ?? .network
                )
            }
        }
    }
}

extension StateFile.Contents {
    /// Puts what `intent` announces by, former ways included, in place of what was kept.
    mutating func keep(routingOf intent: Intent) {
        speakers = intent.bgp.speakers.map(StateFile.KeptSpeaker.init)
        keep(ranges: intent.bgp.watchedPrefixes)
        var numbers = intent.bgp.kernelRoute.formerProtocols
        if intent.bgp.speakers.contains(where: { $0.method == .kernelRoute }) {
            numbers.insert(intent.bgp.kernelRoute.routeProtocol)
        }
        routeProtocols = numbers.isEmpty ? nil : numbers.sorted()
    }

    /// Puts `ranges`, in which what is announced may be ours, in place of what was kept.
    mutating func keep(ranges: [Prefix]) { ownedPrefixes = Set(ranges).sorted().map { "\($0)" } }

    /// The ranges that were kept.
    var ranges: [Prefix] {
        get throws(ParseError) {
            var ranges: [Prefix] = []
            for text in ownedPrefixes ?? [] { ranges.append(try Prefix(parsing: text)) }
            return ranges
        }
    }

    /// What was kept and `intent` says no longer.
    ///
    /// - Throws: what cannot be understood.
    func former(besides intent: Intent) throws(ParseError) -> FormerRouting {
        var former = FormerRouting()
        for kept in speakers ?? [] {
            let isHere = intent.bgp.speakers.contains {
                $0.vtySocket == kept.vtySocket && $0.vrf == kept.vrf
            }
            let speaker = try kept.speaker
            // What kernel routes left behind is found by their numbers.
            guard !isHere, speaker.method == .network else { continue }
            former.speakers.append(speaker)
        }
        former.ownedPrefixes = try ranges.filter { range in
            !intent.bgp.ownedPrefixes.contains { $0.contains(range) }
        }
        former.routeProtocols = Set(routeProtocols ?? [])
            .subtracting([intent.bgp.kernelRoute.routeProtocol])
        return former
    }
}

extension Ledger {
    /// What the last run announced by, when no configuration can say it; `nil` when none wrote it
    /// down.
    ///
    /// The protocol numbers of kernel routes are all former ones then.
    ///
    /// - Throws: `D420` when what was kept makes no sense.
    package var lastRouting: BGPPolicy? {
        get throws(Fault) {
            do {
                var speakers: [Speaker] = []
                for kept in contents.speakers ?? [] { speakers.append(try kept.speaker) }
                let ranges = try contents.ranges
                guard let first = speakers.first, !ranges.isEmpty else { return nil }
                var policy = BGPPolicy(
                    speaker: first,
                    others: Array(speakers.dropFirst()),
                    ownedPrefixes: ranges
                )
                policy.kernelRoute.formerProtocols = Set(contents.routeProtocols ?? [])
                return policy
            } catch {
                throw senseless(because: "\(error)")
            }
        }
    }

    /// What earlier runs announced by and `intent` says no longer.
    ///
    /// - Throws: `D420` when what was kept makes no sense.
    package func former(besides intent: Intent) throws(Fault) -> FormerRouting {
        do {
            return try contents.former(besides: intent)
        } catch {
            throw senseless(because: "\(error)")
        }
    }
}
