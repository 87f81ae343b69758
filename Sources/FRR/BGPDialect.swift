import Net

/// The commands of a daemon and the shapes of their answers: FRR's JSON or Quagga's text.
enum BGPDialect: Hashable, Sendable {
    /// FRR, with the VRF of the instance.
    case frr(VRFName?)
    /// Quagga 1.2, which has no JSON and no VRF.
    case quagga

    /// Every peer of an instance in a few words, one command for each unicast family or for all.
    var summaries: [VTYLine] {
        switch self {
        case .frr(let vrf): [.showSummary(in: vrf)]
        case .quagga: AddressFamily.allCases.map { .quaggaSummary($0) }
        }
    }

    /// Every peer of an instance in full.
    var neighbors: VTYLine {
        switch self {
        case .frr(let vrf): .showNeighbors(in: vrf)
        case .quagga: .quaggaNeighbors
        }
    }

    /// Every route of a family that a peer is sent.
    func advertised(to peer: PeerName, _ family: AddressFamily) -> VTYLine {
        switch self {
        case .frr(let vrf): .showAdvertised(to: peer, family: family, in: vrf)
        case .quagga: .quaggaAdvertised(to: peer, family)
        }
    }

    /// What the table has for one prefix.
    func route(_ prefix: Prefix) -> VTYLine {
        switch self {
        case .frr(let vrf): .showRoute(prefix, in: vrf)
        case .quagga: .quaggaRoute(prefix)
        }
    }

    func summary(_ replies: [VTYReply]) throws(FRRError) -> BGPSummary {
        switch self {
        case .frr: try BGPJSON.decode(BGPSummary.self, from: replies[0], to: summaries[0])
        case .quagga:
            try read(summaries[0]) { () throws(QuaggaFault) in
                try BGPSummary(quagga: replies.map(\.text))
            }
        }
    }

    func neighbors(_ reply: VTYReply) throws(FRRError) -> [PeerName: BGPNeighbor] {
        switch self {
        case .frr: try BGPJSON.decode(BGPNeighbors.self, from: reply, to: neighbors).peers
        case .quagga:
            try read(neighbors) { () throws(QuaggaFault) in
                try BGPNeighbor.all(quagga: reply.text)
            }
        }
    }

    func advertised(_ reply: VTYReply, to line: VTYLine) throws(FRRError) -> BGPAdvertised {
        switch self {
        case .frr: try BGPJSON.decode(BGPAdvertised.self, from: reply, to: line)
        case .quagga:
            try read(line) { () throws(QuaggaFault) in
                try BGPAdvertised(quagga: reply.text)
            }
        }
    }

    func route(_ reply: VTYReply, to line: VTYLine) throws(FRRError) -> BGPRoute {
        switch self {
        case .frr: try BGPJSON.decode(BGPRoute.self, from: reply, to: line)
        case .quagga:
            try read(line) { () throws(QuaggaFault) in
                try BGPRoute(quagga: reply.text)
            }
        }
    }

    private func read<Shape>(
        _ line: VTYLine,
        _ body: () throws(QuaggaFault) -> Shape
    ) throws(FRRError) -> Shape {
        do {
            return try body()
        } catch {
            throw .unreadable(line: line.text, reason: error.reason)
        }
    }
}
