import Core
import Net

// `advertise`: when a VIP is announced, where, and what its route says.

/// What is said about the routes of all VIPs, and what each VIP's own words are held against.
struct BGPDraft {
    let policy: BGPPolicy
    /// Whether every owned prefix could be read, so that an address outside of them is outside.
    let areOwnedKnown: Bool
    /// Whether every speaker could be read, so that a name that is missing is missing.
    let areSpeakersKnown: Bool
    let communities: [Community]
    let largeCommunities: [LargeCommunity]
}

/// What VIPs are announced through, and what their routes may say.
struct RoutingContext {
    let speakers: [Speaker]
    let areSpeakersKnown: Bool
    let communities: [Community]
    let largeCommunities: [LargeCommunity]
    let softPath: DrainPolicy.SoftPath

    /// That of `bgp`; nothing is known where that could not be read.
    init(_ bgp: BGPDraft?, _ drain: DrainPolicy) {
        speakers = bgp?.policy.speakers ?? []
        areSpeakersKnown = bgp?.areSpeakersKnown ?? false
        communities = bgp?.communities ?? []
        largeCommunities = bgp?.largeCommunities ?? []
        softPath = drain.announce
    }
}

/// What `advertise` of one VIP says; what it does not is the default.
struct AdvertiseDraft {
    var condition: VIP.Condition?
    /// The services that alone decide, by name, with the place of each; `nil` when all do that
    /// are not told otherwise.
    var deciding: [(name: Name, span: Span)]?
    var holdUp: Duration?
    var holdDown: Duration?
    /// `nil` when nothing is said of it, a `nil` inside when it is off.
    var damping: DampingPolicy??
    var hasSelfCheck = false
    /// Where `self-check` stands, which can be judged only once the services are read.
    var selfCheckSpan: Span?
    var speaker: Name?
    var attributes = RouteAttributes()
    var bandwidth: BandwidthPolicy?
    /// Where the bandwidth stands, which can be judged only once the services are read.
    var bandwidthSpan: Span?
}

extension Reading {
    /// Reads `advertise`, or what a VIP without it comes to.
    mutating func advertise(_ node: YAMLNode?, _ context: RoutingContext) -> AdvertiseDraft {
        var draft = AdvertiseDraft()
        draft.attributes = RouteAttributes(
            communities: context.communities,
            largeCommunities: context.largeCommunities
        )
        guard let node, let fields = fields(node, of: .advertise) else { return draft }
        let range = Duration.zero...Limits.duration
        condition(fields["when"], of: &draft)
        draft.holdUp = duration(fields["hold-up"], "hold-up", range)
        draft.holdDown = duration(fields["hold-down"], "hold-down", range)
        draft.damping = damping(fields["damping"])
        draft.hasSelfCheck = flag(fields["self-check"], "self-check") ?? false
        draft.selfCheckSpan = fields.place(of: "self-check")
        let speaker = speaker(fields["speaker"], context)
        draft.speaker = speaker?.name
        let med = number(fields["med"], "med", 0...Int(UInt32.max))
        let prepend = number(fields["prepend"], "prepend", 0...RouteAttributes.mostPrepends)
        draft.attributes = RouteAttributes(
            communities: context.communities + communities(fields["communities"], "communities"),
            largeCommunities: context.largeCommunities
                + largeCommunities(fields["large-communities"], "large-communities"),
            med: med.map { UInt32($0) },
            prepend: prepend ?? 0
        )
        if let node = fields["bandwidth"] {
            draft.bandwidth = bandwidth(node)
            draft.bandwidthSpan = fields.place(of: "bandwidth")
        }
        judgeCommunities(fields, draft.attributes)
        for key in Self.attributeKeys where fields[key] != nil {
            refuseAttribute(key, at: fields.place(of: key), of: speaker.map { [$0] } ?? [])
        }
        judgeSoftPath(fields, draft, context)
        return draft
    }

    /// Reads `when`: a word, or the names of the services that decide.
    private mutating func condition(_ node: YAMLNode?, of draft: inout AdvertiseDraft) {
        guard let node else { return }
        var list = node
        switch node.content {
        case .scalar:
            draft.condition = word(node, "when")
            return
        case .list: draft.condition = .allServices
        case .map(let entries):
            guard entries.count == 1, let entry = entries.first, entry.key == "any" else {
                refuse(
                    .shape,
                    at: node.span,
                    "`when` is a word, a list of services, or `any` with one, not another map",
                    help: "write [a, b] where all of them must be up, { any: [a, b] } where one "
                        + "is enough"
                )
                return
            }
            draft.condition = .anyService
            list = entry.value
        }
        guard let items = items(list, what: "`when`", limit: Limits.servicesPerVIP) else { return }
        if items.isEmpty {
            refuse(.missing, at: list.span, "`when` names no service, so nothing would decide")
        }
        draft.deciding = items.compactMap { item in
            name(item, "when").map { ($0, item.span) }
        }
    }

    /// Has only the services decide that `when` names.
    mutating func decide(by draft: AdvertiseDraft, _ services: inout [VirtualService]) {
        guard let deciding = draft.deciding else { return }
        var seen: Set<Name> = []
        for (name, span) in deciding {
            if !seen.insert(name).inserted {
                refuse(.duplicateName, at: span, "`when` names the service `\(name)` twice")
            }
            guard let service = services.first(where: { $0.name == name }) else {
                let known = services.map(\.name.text)
                refuse(reference: name.text, at: span, what: "service", known: known)
                continue
            }
            if !service.gates {
                refuse(
                    .together,
                    at: span,
                    "`when` names the service `\(name)`, which says `gate: false`",
                    help: "leave out one of the two"
                )
            }
        }
        for index in services.indices where !seen.contains(services[index].name) {
            services[index].gates = false
        }
    }

    /// A list is short enough by itself; with what `bgp` says for every VIP it may not be.
    private mutating func judgeCommunities(_ fields: Fields, _ attributes: RouteAttributes) {
        for (key, count) in [
            ("communities", Set(attributes.communities).count),
            ("large-communities", Set(attributes.largeCommunities).count),
        ] where fields[key] != nil && count > Limits.communities {
            refuse(
                .community,
                at: fields.place(of: key),
                "`\(key)` and `bgp.\(key)` are \(count) together, and a route may carry "
                    + "\(Limits.communities)",
                help: "what a drain adds needs room too; leave some of them out"
            )
        }
    }

    /// The keys that a route-map of ours stands for.
    private static let attributeKeys = [
        "communities", "large-communities", "med", "prepend", "bandwidth",
    ]

    /// The speaker that a VIP is announced through; `nil` when there is none of that name.
    private mutating func speaker(_ node: YAMLNode?, _ context: RoutingContext) -> Speaker? {
        guard let node else { return context.speakers.first }
        guard let text = text(node, "speaker") else { return nil }
        if let speaker = context.speakers.first(where: { $0.name.text == text }) { return speaker }
        if context.areSpeakersKnown {
            refuse(
                reference: text,
                at: node.span,
                what: "speaker",
                known: context.speakers.map(\.name.text)
            )
        }
        return nil
    }

    /// A drain first makes the path worse than it is; what a VIP says may leave no room for that.
    private mutating func judgeSoftPath(
        _ fields: Fields,
        _ draft: AdvertiseDraft,
        _ context: RoutingContext
    ) {
        switch context.softPath {
        case .prepend(let times) where draft.attributes.prepend + times > Self.mostPrepends:
            refuse(
                .softPath,
                at: fields.place(of: "prepend"),
                "`prepend` (\(draft.attributes.prepend)) and the \(times) of `drain.announce` are "
                    + "more than \(Self.mostPrepends) together"
            )
        case .med(let worse) where (draft.attributes.med ?? 0) >= worse:
            refuse(
                .softPath,
                at: fields.place(of: "med"),
                "`med` (\(draft.attributes.med ?? 0)) is not below the \(worse) of "
                    + "`drain.announce`, so a drain would not make the path worse"
            )
        case .gracefulShutdown, .prepend, .med, .none: return
        }
    }

    private static var mostPrepends: Int { RouteAttributes.mostPrepends }
}

// MARK: - Communities

extension Reading {
    /// Reads a list of communities; each one that cannot be meant is refused.
    mutating func communities(_ node: YAMLNode?, _ key: String) -> [Community] {
        guard let node, let items = items(node, what: "`\(key)`", limit: Limits.communities) else {
            return []
        }
        var found: [Community] = []
        for item in items {
            guard let text = text(item, key) else { continue }
            do throws(ParseError) {
                let community = try Community(parsing: text)
                if found.contains(community) {
                    refuse(.community, at: item.span, "\(community) is in the list twice")
                }
                judge(community, text, at: item.span)
                found.append(community)
            } catch {
                refuse(
                    .community,
                    at: item.span,
                    "`\(key)`: \(text.ticked) is not a community",
                    help: "write ASN:VALUE, both 0 to 65535, or a name such as no-export; an AS "
                        + "above 65535 has large-communities"
                )
            }
        }
        return found
    }

    /// Reads a list of large communities.
    mutating func largeCommunities(_ node: YAMLNode?, _ key: String) -> [LargeCommunity] {
        guard let node, let items = items(node, what: "`\(key)`", limit: Limits.communities) else {
            return []
        }
        var found: [LargeCommunity] = []
        for item in items {
            guard let text = text(item, key) else { continue }
            do throws(ParseError) {
                let community = try LargeCommunity(parsing: text)
                if found.contains(community) {
                    refuse(.community, at: item.span, "\(community) is in the list twice")
                }
                found.append(community)
            } catch {
                refuse(
                    .community,
                    at: item.span,
                    "`\(key)`: \(text.ticked) is not a large community",
                    help: "write ASN:VALUE:VALUE, each 0 to 4294967295, as in 65001:100:7"
                )
            }
        }
        return found
    }

    /// Some tags mean something everywhere, and would take the VIP away or spoil a drain.
    private mutating func judge(_ community: Community, _ text: String, at span: Span) {
        switch community {
        case .gracefulShutdown:
            refuse(
                .communityEffect,
                at: span,
                "\(text.ticked) asks routers to prefer any other path, always",
                help: "a drain adds it by itself (`drain.announce`)"
            )
        case .noAdvertise:
            refuse(
                .communityEffect,
                at: span,
                "\(text.ticked) keeps bgpd from telling any peer, so the VIP would be nowhere"
            )
        case .blackhole:
            refuse(
                .communityEffect,
                at: span,
                "\(text.ticked) asks routers to discard the traffic of the VIP (RFC 7999)"
            )
        case .noExport, .localAS:
            warn(
                .communityEffect,
                at: span,
                "\(text.ticked) keeps bgpd from telling peers of another AS",
                help: "routers are usually of another AS; set it there, or only with iBGP"
            )
        default: return
        }
    }
}

// MARK: - Bandwidth

extension Reading {
    private mutating func bandwidth(_ node: YAMLNode) -> BandwidthPolicy? {
        guard let fields = fields(node, of: .bandwidth) else { return nil }
        let perWeight = number(
            required("per-weight", of: fields, what: "`bandwidth`"),
            "bandwidth.per-weight",
            1...Limits.bandwidth
        )
        let steps = number(fields["steps"], "bandwidth.steps", 1...BandwidthPolicy.mostSteps)
        guard let perWeight else { return nil }
        var policy = BandwidthPolicy(perWeight: UInt32(perWeight))
        if let steps { policy.steps = steps }
        return policy
    }

    /// Holds a bandwidth against what stands behind the VIP.
    mutating func judge(_ draft: AdvertiseDraft, services: [VirtualService]) {
        guard let policy = draft.bandwidth, let span = draft.bandwidthSpan else { return }
        // The service with the least capacity bounds what the VIP can take.
        let weights = services.filter(\.gates).map { service in
            service.backends.filter { $0.admin == .ready }.reduce(0) { $0 + $1.weight }
        }
        let least = weights.min() ?? 0
        let whole = least * Int(policy.perWeight)
        if least == 0 {
            refuse(
                .bandwidth,
                at: span,
                "`bandwidth` follows the weight of ready backends, and there is none"
            )
        } else if whole > Limits.bandwidth {
            refuse(
                .bandwidth,
                at: span,
                "a weight of \(least) at \(policy.perWeight) Mbit/s each is \(whole) Mbit/s; bgpd "
                    + "takes at most \(Limits.bandwidth)",
                help: "only the ratio between directors counts: choose a smaller `per-weight`"
            )
        }
    }
}

extension Community {
    /// RFC 7999, and three of RFC 1997.
    fileprivate static let blackhole = Community(65_535, 666)
    fileprivate static let noExport = Community(65_535, 65_281)
    fileprivate static let noAdvertise = Community(65_535, 65_282)
    fileprivate static let localAS = Community(65_535, 65_283)
}
