import Core
import Net

// `bgp`: the routing daemons, what may be announced through them, and what every route says.
//
// One daemon is said in the section itself. `speakers` lists several; what they do not say is then
// taken from the section, so that they differ in as few lines as they differ in fact.

extension Reading {
    /// Reads `bgp`; `nil` when it lacks what nothing can be announced without.
    mutating func bgp(_ node: YAMLNode) -> BGPDraft? {
        guard let fields = fields(node, of: .bgp) else { return nil }
        let before = errorCount
        let prefixes = required("owned-prefixes", of: fields, what: "`bgp`").map {
            ownedPrefixes($0)
        }
        let areOwnedKnown = errorCount == before
        let speakers = speakers(fields)
        let areSpeakersKnown = !speakers.isEmpty && !fields.spoiled.contains("speakers")
        let communities = communities(fields["communities"], "bgp.communities")
        let large = largeCommunities(fields["large-communities"], "bgp.large-communities")
        for key in ["communities", "large-communities"] where fields[key] != nil {
            refuseAttribute(key, at: fields.place(of: key), of: speakers)
        }
        let peers = self.number(fields["min-peers"], "bgp.min-peers", 1...Limits.peers)
        let every = duration(
            fields["verify-every"],
            "bgp.verify-every",
            Limits.auditEvery...Limits.duration
        )
        let kernelRoute = kernelRoute(fields, of: speakers)
        let changes = routeChanges(fields["route-changes"])
        let repairs = repairs(fields["repairs"])
        // There is no default for whom we speak as and for what; all else has one.
        guard let first = speakers.first, let prefixes else { return nil }
        var policy = BGPPolicy(
            speaker: first,
            others: Array(speakers.dropFirst()),
            ownedPrefixes: prefixes
        )
        if let kernelRoute { policy.kernelRoute = kernelRoute }
        if let peers { policy.minimumPeers = peers }
        if let every { policy.verifyEvery = every }
        if let changes { policy.routeChanges = changes }
        if let repairs { policy.repairs = repairs }
        return BGPDraft(
            policy: policy,
            areOwnedKnown: areOwnedKnown,
            areSpeakersKnown: areSpeakersKnown,
            communities: communities,
            largeCommunities: large
        )
    }

    private mutating func ownedPrefixes(_ node: YAMLNode) -> [Prefix] {
        let key = "bgp.owned-prefixes"
        guard let items = items(node, what: "`\(key)`", limit: Limits.ownedPrefixes) else {
            return []
        }
        if items.isEmpty {
            refuse(.missing, at: node.span, "`\(key)` is empty, so no VIP could be announced")
        }
        var result: [(prefix: Prefix, span: Span)] = []
        for item in items {
            guard let text = text(item, key) else { continue }
            do throws(ParseError) {
                let prefix = try Prefix(parsing: text)
                if let other = result.first(where: { Self.overlap($0.prefix, prefix) }) {
                    refuse(
                        .ownedPrefix,
                        at: item.span,
                        "\(prefix) overlaps \(other.prefix) at \(source.place(of: other.span))",
                        help: "name each address once; the wider prefix is enough"
                    )
                }
                result.append((prefix, item.span))
            } catch {
                let isAddress = error.reason.contains("IP address")
                refuse(isAddress ? .notAddress : .ownedPrefix, at: item.span, error.message)
            }
        }
        return result.map(\.prefix)
    }

    private static func overlap(_ left: Prefix, _ right: Prefix) -> Bool {
        left.contains(right) || right.contains(left)
    }
}

// MARK: - Speakers

extension Reading {
    /// What is said of one speaker, or of all.
    private struct SpeakerWords {
        var asn: ASN?
        var socket: String?
        var vrf: String?
        var method: Speaker.Method?
        var pipeline: Speaker.Pipeline?
    }

    /// The speakers of the section; none when not even one is whole.
    private mutating func speakers(_ fields: Fields) -> [Speaker] {
        let common = words(fields, "bgp.")
        guard let node = fields["speakers"] else {
            guard required("asn", of: fields, what: "`bgp`") != nil, let asn = common.asn else {
                return []
            }
            let only = speaker(Speaker.usualName, asn, common, SpeakerWords())
            judgeMethod(of: only, at: fields.place(of: "method"), against: [])
            return [only]
        }
        guard let items = items(node, what: "`bgp.speakers`", limit: Limits.speakers) else {
            return []
        }
        if items.isEmpty {
            refuse(
                .missing,
                at: node.span,
                "`bgp.speakers` is empty, so nothing could be announced",
                help: "without the key, `bgp` itself says the one there is"
            )
        }
        var places: [(speaker: Speaker, span: Span)] = []
        for item in items {
            guard let speaker = speaker(item, common) else { continue }
            judge(speaker, at: item.span, against: places)
            judgeMethod(of: speaker, at: item.span, against: places.map(\.speaker))
            places.append((speaker, item.span))
        }
        return places.map(\.speaker)
    }

    private mutating func speaker(_ node: YAMLNode, _ common: SpeakerWords) -> Speaker? {
        guard let fields = fields(node, of: .speaker) else { return nil }
        let name = name(required("name", of: fields, what: "a speaker"), "name")
        let own = words(fields, "")
        if common.asn == nil { _ = required("asn", of: fields, what: "a speaker") }
        guard let name, let asn = own.asn ?? common.asn else { return nil }
        return speaker(name, asn, common, own)
    }

    private func speaker(
        _ name: Name,
        _ asn: ASN,
        _ common: SpeakerWords,
        _ own: SpeakerWords
    ) -> Speaker {
        var speaker = Speaker(name: name, asn: asn)
        speaker.vtySocket = own.socket ?? common.socket ?? speaker.vtySocket
        let vrf = own.vrf ?? common.vrf
        speaker.vrf = vrf == Self.defaultVRF ? nil : vrf
        speaker.method = own.method ?? common.method ?? speaker.method
        speaker.pipeline = own.pipeline ?? common.pipeline ?? speaker.pipeline
        return speaker
    }

    /// What FRR calls the table that belongs to no VRF.
    private static let defaultVRF = "default"

    private mutating func words(_ fields: Fields, _ prefix: String) -> SpeakerWords {
        var words = SpeakerWords()
        if let node = fields["asn"], let text = text(node, prefix + "asn") {
            do throws(ParseError) {
                words.asn = try ASN(parsing: text)
            } catch {
                refuse(.number, at: node.span, "`\(prefix)asn`: \(text.ticked) \(error.reason)")
            }
        }
        words.socket = socketPath(fields["vty-socket"], prefix + "vty-socket")
        let limit = Limits.interfaceNameBytes
        words.vrf = text(
            fields["vrf"],
            prefix + "vrf",
            atMost: limit,
            help: "the name of a VRF: at most \(limit) of a-z, A-Z, 0-9, `.`, `_` and `-`",
            where: Self.isVRF
        )
        words.method = word(fields["method"], prefix + "method")
        words.pipeline = pipeline(fields["pipeline"], prefix + "pipeline")
        return words
    }

    private mutating func pipeline(_ node: YAMLNode?, _ key: String) -> Speaker.Pipeline? {
        if let node, case .scalar(let scalar) = node.content, scalar.text == "auto" {
            return .automatic
        }
        return number(node, key, 1...Speaker.Pipeline.widest).map { .window($0) }
    }

    private mutating func judge(
        _ speaker: Speaker,
        at span: Span,
        against others: [(speaker: Speaker, span: Span)]
    ) {
        if let other = others.first(where: { $0.speaker.name == speaker.name }) {
            refuse(
                .duplicateName,
                at: span,
                "another speaker is called `\(speaker.name)` at \(source.place(of: other.span))"
            )
        }
        let twin = others.first {
            $0.speaker.vtySocket == speaker.vtySocket && $0.speaker.vrf == speaker.vrf
        }
        if let twin {
            refuse(
                .sameSpeaker,
                at: span,
                "the speaker `\(speaker.name)` is the instance of `\(twin.speaker.name)` at "
                    + source.place(of: twin.span),
                help: "two speakers differ in `vty-socket` or in `vrf`"
            )
        }
    }

    /// Holds the method of a speaker against what a kernel route can say: that there is one, in the
    /// one table that belongs to no VRF, and not for whom.
    private mutating func judgeMethod(
        of speaker: Speaker,
        at span: Span,
        against others: [Speaker]
    ) {
        guard speaker.method == .kernelRoute else { return }
        if let vrf = speaker.vrf {
            refuse(
                .kernelRouteSpeaker,
                at: span,
                "`method: kernel-route` does not go with the VRF `\(vrf)`",
                help: "kernel routes are added to the main table, which is the default VRF's; use "
                    + "`method: network`"
            )
        }
        if let other = others.first(where: { $0.method == .kernelRoute }) {
            refuse(
                .kernelRouteSpeaker,
                at: span,
                "`\(other.name)` and `\(speaker.name)` both have `method: kernel-route`",
                help: "a kernel route does not say for whom it is, so one speaker at the most can "
                    + "have that method"
            )
        }
    }

    private static func isVRF(_ text: String) -> Bool {
        text.utf8.allSatisfy { byte in
            (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
                || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
                || "._-".utf8.contains(byte)
        } && text.utf8.first != UInt8(ascii: "-")
    }
}

// MARK: - Kernel routes

extension Reading {
    /// The protocol numbers by which zebra knows its own routes, and which it therefore ignores:
    /// those of `rt_netlink.h` in zebra, with `zebra`, `babel` and what the kernel keeps to itself.
    private static let zebrasOwn: Set<Int> = Set(186...198).union([1, 2, 11, 42])

    private mutating func kernelRoute(
        _ outer: Fields,
        of speakers: [Speaker]
    ) -> KernelRoutePolicy? {
        guard let node = outer["kernel-route"], let fields = fields(node, of: .kernelRoute) else {
            return nil
        }
        if !speakers.isEmpty, !speakers.contains(where: { $0.method == .kernelRoute }) {
            warn(
                .unused,
                at: outer.place(of: "kernel-route"),
                "no speaker has `method: kernel-route`, so `kernel-route` says nothing"
            )
        }
        var policy = KernelRoutePolicy()
        let key = "bgp.kernel-route."
        if let number = number(fields["protocol"], key + "protocol", 1...255) {
            policy.routeProtocol = UInt8(number)
            if Self.zebrasOwn.contains(number) {
                refuse(
                    .routeProtocol,
                    at: fields["protocol"]?.span ?? fields.span,
                    "`\(key)protocol` cannot be \(number): zebra ignores routes with it",
                    help: "1, 2, 11, 42 and 186 to 198 are the kernel's and FRR's own; take "
                        + "another, such as \(KernelRoutePolicy().routeProtocol)"
                )
            }
        }
        let range = 1...Int(UInt32.max)
        if let metric = number(fields["metric"], key + "metric", range) {
            policy.metric = UInt32(metric)
        }
        if let metric = number(fields["soft-metric"], key + "soft-metric", range) {
            policy.softMetric = UInt32(metric)
        }
        if policy.softMetric <= policy.metric {
            refuse(
                .softPath,
                at: (fields["soft-metric"] ?? fields["metric"] ?? node).span,
                "`soft-metric` (\(policy.softMetric)) must be above `metric` (\(policy.metric)), "
                    + "or a drain would not make the path worse"
            )
        }
        return policy
    }

    /// Refuses what a route says where the operator's own route-map decides that.
    mutating func refuseAttribute(_ key: String, at span: Span, of speakers: [Speaker]) {
        guard let speaker = speakers.first(where: { $0.method == .kernelRoute }) else { return }
        let name = speaker.name == Speaker.usualName ? "" : " of `\(speaker.name)`"
        refuse(
            .attributeMethod,
            at: span,
            "`\(key)` has no effect with `method: kernel-route`\(name)",
            help: "say it in the route-map of FRR's `redistribute kernel`, or use "
                + "`method: network`"
        )
    }
}
