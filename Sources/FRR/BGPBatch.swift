public import Net

/// An address to announce as its host prefix, /32 or /128.
///
/// It takes an address rather than a prefix, so that no other length can ever be announced.
public struct BGPAnnouncement: Hashable, Comparable, Sendable {
    /// The address whose host prefix is originated.
    public let address: IPAddress
    /// The route-map that sets its attributes; it must exist, or bgpd holds the prefix back.
    public let routeMap: RouteMapName?
    /// That route-map, when it is ours, and made before it is used.
    public let map: OwnedRouteMap?

    /// The announcement of `address`, with the attributes of a `routeMap` that somebody made.
    public init(_ address: IPAddress, routeMap: RouteMapName? = nil) {
        self.address = address
        self.routeMap = routeMap
        map = nil
    }

    /// The announcement of `address` with a policy, by an instance with this number.
    public init(_ address: IPAddress, _ policy: RoutePolicy, asn: ASN) {
        self.address = address
        map = OwnedRouteMap(policy, asn: asn)
        routeMap = map?.name
    }

    public static func < (left: Self, right: Self) -> Bool {
        (left.address, left.routeMap?.description ?? "")
            < (right.address, right.routeMap?.description ?? "")
    }
}

/// What to change in one go: withdrawals, which come first, and announcements.
public struct BGPBatch: Hashable, Sendable {
    /// One statement of a batch.
    public enum Statement: Hashable, Sendable {
        case withdraw(IPAddress)
        case announce(BGPAnnouncement)

        /// The address whose host prefix this is about.
        public var address: IPAddress {
            switch self {
            case .withdraw(let address): address
            case .announce(let announcement): announcement.address
            }
        }

        var line: VTYLine {
            switch self {
            case .withdraw(let address): .noNetwork(address)
            case .announce(let announcement):
                .network(announcement.address, routeMap: announcement.routeMap)
            }
        }
    }

    /// What became of one statement.
    ///
    /// None of them proves anything about peers: read back.
    public enum Outcome: Hashable, Sendable {
        /// bgpd took the line.
        case accepted
        /// A withdrawal of what was not there, which is what was wanted.
        case alreadyAbsent
        /// bgpd refused this line, and went on with the next.
        case refused(FRRError)
    }

    /// The statements in the order in which they are sent: withdrawals by address, then
    /// announcements by address, so that equal batches are equal bytes.
    public let statements: [Statement]

    /// The route-maps of ours that the announcements use, by name.
    let maps: [OwnedRouteMap]
    /// Those of them that are made anew, because somebody has changed them.
    let remade: Set<RouteMapName>

    /// The batch of these changes.
    ///
    /// An address in both is only announced: a new statement replaces the old one in place,
    /// whereas withdrawing it first would take the route away for a moment. Of two announcements
    /// of one address the one without a route-map, or with the first in order, counts.
    ///
    /// - Parameters:
    ///   - withdraw: The addresses that are no longer to be originated.
    ///   - announce: What is to be originated, also with other attributes than so far.
    ///   - remake: The route-maps of ours that were seen to be tampered with.
    public init(
        withdraw: some Sequence<IPAddress>,
        announce: some Sequence<BGPAnnouncement>,
        remake: Set<RouteMapName> = []
    ) {
        var announced: [IPAddress: BGPAnnouncement] = [:]
        for announcement in announce {
            let other = announced[announcement.address] ?? announcement
            announced[announcement.address] = min(other, announcement)
        }
        statements =
            Set(withdraw).filter { announced[$0] == nil }.sorted().map(Statement.withdraw)
            + announced.values.sorted().map(Statement.announce)
        maps = Set(announced.values.compactMap(\.map)).sorted { $0.name < $1.name }
        let names = Set(maps.map(\.name))
        remade = remake.intersection(names)
    }

    /// The lines that make the route-maps, in a configuration node; none for a batch without any.
    func definitions(allowance: VTYAllowance) -> VTYScript? {
        guard !maps.isEmpty else { return nil }
        let lines = maps.flatMap { map in
            (remade.contains(map.name) ? [.noRouteMap(map.name)] : []) + map.definition
        }
        return VTYScript(
            ([.end, .configureTerminal] + lines).map { .required($0) },
            closing: .end,
            allowance: allowance
        )
    }

    /// The statements in pieces of at most `size`, in order: withdrawals on their own when
    /// route-maps have to be made before the announcements, because those may take a while.
    func chunks(of size: Int) -> [Chunk] {
        guard !maps.isEmpty else { return Self.pieces(of: statements[...], size) }
        let first = statements.firstIndex { if case .announce = $0 { true } else { false } }
        let middle = first ?? statements.count
        return Self.pieces(of: statements[..<middle], size)
            + Self.pieces(of: statements[middle...], size)
    }

    private static func pieces(of statements: ArraySlice<Statement>, _ size: Int) -> [Chunk] {
        stride(from: statements.startIndex, to: statements.endIndex, by: size).map { start in
            let end = min(start + size, statements.endIndex)
            return Chunk(statements: Array(statements[start..<end]))
        }
    }

    /// A piece of a batch that is sent between one `configure terminal` and one `end`.
    struct Chunk: Hashable, Sendable {
        /// The statements, withdrawals first.
        let statements: [Statement]

        /// True when there is anything to announce, for which route-maps have to be there.
        var announces: Bool {
            statements.contains { if case .announce = $0 { true } else { false } }
        }

        /// The lines of this piece.
        ///
        /// They begin with `end`, since a connection may be in any node, and end with it, since
        /// nothing may stay in configuration. Every line that leads into a node is required: the
        /// same `network` line means something else, or nothing, in another node.
        func script(entering entry: VTYLine, allowance: VTYAllowance) -> VTYScript {
            var steps: [VTYScript.Step] = [.end, .configureTerminal, entry].map { .required($0) }
            var family: AddressFamily?
            for statement in statements {
                if statement.address.family != family {
                    if family != nil { steps.append(.required(.exitAddressFamily)) }
                    steps.append(.required(.addressFamily(statement.address.family)))
                    family = statement.address.family
                }
                steps.append(.reported(statement.line))
            }
            return VTYScript(steps, closing: .end, allowance: allowance)
        }

        /// What the replies to `script` say about each statement.
        ///
        /// - Throws: `FRRError.refused` when the way into a node was refused; the statements before
        ///   it in this piece may have been executed.
        func outcomes(
            of script: VTYScript,
            replies: [VTYReply]
        ) throws(FRRError) -> [Outcome] {
            var outcomes: [Outcome] = []
            for (step, reply) in zip(script.steps, replies) {
                let error = FRRError.refused(
                    line: step.line.text,
                    status: reply.status,
                    words: reply.words
                )
                guard !step.isRequired else {
                    if reply.status != .success { throw error }
                    continue
                }
                let statement = statements[outcomes.count]
                outcomes.append(Self.outcome(of: statement, reply: reply, error: error))
            }
            return outcomes
        }

        private static func outcome(
            of statement: Statement,
            reply: VTYReply,
            error: FRRError
        ) -> Outcome {
            guard reply.status != .success else { return .accepted }
            // FRR: 13, "% Can't find static route specified"; Quagga: 1, "% Can't find specified
            // static route configuration." (bgpd/bgp_route.c `bgp_static_set`)
            let saysAbsent =
                [.configurationFailed, .warning].contains(reply.status)
                && reply.words.contains("Can't find")
            if case .withdraw = statement, saysAbsent { return .alreadyAbsent }
            return .refused(error)
        }
    }
}
