import Core
import Net
import Netlink

/// Finds out which real servers answer ARP for a VIP; pure, with time and links as arguments.
///
/// Whoever does takes the packets that a router on that link sends to the VIP, past the directors.
/// The server is asked by itself, once its hardware address is known: first for the VIP, then for
/// its own address, whose answer shows that it could be heard. That of others, who may answer for
/// the VIP as well, is not its fault, and is not even asked for.
struct ARPInquiry {
    /// A real server, and a VIP for which it is to be silent.
    struct Pair: Hashable, Sendable {
        let server: IPAddress
        let vip: IPAddress
    }

    /// A question, and the card that it is for on the link of this number.
    struct Letter: Hashable, Sendable {
        let link: Int32
        let receiver: HardwareAddress
        let packet: ARPPacket
    }

    /// What came of it.
    enum Testimony: Hashable, Sendable {
        /// The server answers for itself, and not for the VIP.
        case quiet
        /// The server answers for the VIP, with this card on the link of this name.
        case claims(HardwareAddress, link: String)
        /// Nobody answers for the server on the links of these names.
        case silence(links: [String])
        /// The server is on no link of this host, so that nobody can be asked.
        case elsewhere
    }

    /// How long an answer is waited for.
    ///
    /// On a link one takes less than a millisecond, as the kernel of the server answers; a host
    /// that is busy, or a segment that is stretched over some places, a few. A result that passed
    /// waits for it, which is why this is not long.
    static let patience = Duration.milliseconds(50)

    /// How long what a pair was found to be is good for, whatever checks ask.
    ///
    /// Two packets a second for a server and a VIP are nothing to either; an operator who puts
    /// `arp_ignore` right has not let go of the key by then.
    static let pause = Duration.seconds(1)

    /// How long a pair is known that nobody asks for.
    ///
    /// Then the link is asked for the server's hardware address again, which wakes everybody on it.
    /// Checks come more often than that.
    static let memory = Duration.seconds(60)

    /// The links on which a server is looked for: it is on one, and where networks overlap on
    /// another.
    static let mostLinks = 4

    private struct Place: Hashable {
        let link: ARPLink
        /// The card of the server, once it is known.
        var card: HardwareAddress?
        /// Whether the server answered for itself.
        var hasAnswered = false
    }

    private struct Question {
        let asked: Moment
        var places: [Place]
        var testimony: Testimony?
    }

    private var questions: [Pair: Question] = [:]
    /// Who waits for an answer for this address, as a server or as a VIP.
    private var waiting: [IPAddress: Set<Pair>] = [:]
    private var deadlines = DeadlineQueue<Pair>()
    private var closed: [Pair] = []

    /// Nobody was asked yet.
    init() {}

    /// When something falls due of itself.
    var nextDeadline: Moment? { deadlines.earliest }

    /// How many pairs are known.
    var count: Int { questions.count }

    /// Whether an answer for `pair` may still come.
    func isOpen(_ pair: Pair) -> Bool {
        questions[pair].map { $0.testimony == nil } ?? false
    }

    /// What came of the last question for `pair`; `nil` while that is open, or was never asked.
    func testimony(of pair: Pair) -> Testimony? { questions[pair]?.testimony }

    /// The pairs that have become known since the last call.
    mutating func takeClosed() -> [Pair] {
        defer { closed = [] }
        return closed
    }

    /// Asks for `pair`, unless that was done a moment ago: what is to be sent.
    mutating func ask(_ pair: Pair, on links: [ARPLink], at now: Moment) -> [Letter] {
        let former = questions[pair]
        if let former, now - former.asked < Self.pause { return [] }
        let places = links.filter { $0.reaches(pair) }.prefix(Self.mostLinks).map { link in
            Place(link: link, card: former?.places.first { $0.link == link }?.card)
        }
        questions[pair] = Question(asked: now, places: places)
        guard !places.isEmpty else {
            close(pair, .elsewhere, at: now)
            return []
        }
        waiting[pair.server, default: []].insert(pair)
        waiting[pair.vip, default: []].insert(pair)
        deadlines.set(pair, at: now + Self.patience)
        return places.flatMap { place in
            guard let card = place.card else {
                return [place.link.letter(asking: pair.server, .everybody)]
            }
            return [pair.vip, pair.server].map { place.link.letter(asking: $0, card) }
        }
    }

    /// Takes a packet that came by the link of this number: what is to be sent then.
    mutating func hear(_ packet: ARPPacket, on link: Int32, at now: Moment) -> [Letter] {
        guard packet.operation == .reply else { return [] }
        let sender = packet.sender
        var letters: [Letter] = []
        for pair in waiting[sender.address] ?? [] {
            guard var question = questions[pair],
                let index = question.places.firstIndex(where: { place in
                    place.link.index == link && place.link.address == packet.target.address
                })
            else { continue }
            var place = question.places[index]
            if sender.address == pair.server {
                // Whoever answers first, where two have the address.
                if place.card == nil {
                    place.card = sender.hardware
                    letters.append(place.link.letter(asking: pair.vip, sender.hardware))
                    deadlines.set(pair, at: now + Self.patience)
                }
                guard place.card == sender.hardware else { continue }
                place.hasAnswered = true
                question.places[index] = place
                questions[pair] = question
            } else if place.card == sender.hardware {
                close(pair, .claims(sender.hardware, link: place.link.name), at: now)
            }
        }
        return letters
    }

    /// Ends what has had its time, and forgets what nobody asks for any more.
    mutating func expire(at now: Moment) {
        while let pair = deadlines.popDue(at: now) {
            guard let question = questions[pair], question.testimony == nil else {
                questions[pair] = nil
                continue
            }
            guard question.places.contains(where: \.hasAnswered) else {
                // It may have another card by now, so the next question is for everybody again.
                for index in question.places.indices { questions[pair]?.places[index].card = nil }
                close(pair, .silence(links: question.places.map(\.link.name)), at: now)
                continue
            }
            close(pair, .quiet, at: now)
        }
    }

    private mutating func close(_ pair: Pair, _ testimony: Testimony, at now: Moment) {
        questions[pair]?.testimony = testimony
        for address in [pair.server, pair.vip] {
            waiting[address]?.remove(pair)
            if waiting[address]?.isEmpty == true { waiting[address] = nil }
        }
        deadlines.set(pair, at: now + Self.memory)
        closed.append(pair)
    }
}

/// A link of this host on which others can be asked, with the address that asks there.
struct ARPLink: Hashable, Sendable {
    /// The number by which the kernel knows it.
    let index: Int32
    /// Its name: `eth1`.
    let name: String
    let hardware: HardwareAddress
    let address: IPAddress
    /// The addresses that are reached on it without a router.
    let network: Prefix

    /// A link of these parts.
    init(
        index: Int32,
        name: String,
        hardware: HardwareAddress,
        address: IPAddress,
        network: Prefix
    ) {
        self.index = index
        self.name = name
        self.hardware = hardware
        self.address = address
        self.network = network
    }

    /// What the kernel says of one; `nil` where its network is its own address alone.
    init?(_ link: OwnLink) {
        guard let hardware = HardwareAddress(bytes: link.hardware), hardware.isOfOneCard,
            let address = IPAddress(bytes: link.address), address.family == .v4,
            let network = Prefix(address, length: link.prefixLength), !network.isHost
        else { return nil }
        self.init(
            index: link.index,
            name: link.name,
            hardware: hardware,
            address: address,
            network: network
        )
    }

    /// Whether the server is to be found on it, and can be asked from an address that is neither
    /// its own nor the VIP.
    fileprivate func reaches(_ pair: ARPInquiry.Pair) -> Bool {
        network.contains(pair.server) && address != pair.server && address != pair.vip
    }

    /// The question who has `wanted`.
    ///
    /// It comes from an address of this host, as any other of its questions. One from 0.0.0.0 would
    /// touch no cache, and would be a probe: a server that is just being given its address takes it
    /// for a sign that somebody else has that (RFC 5227, section 2.1.1).
    fileprivate func letter(
        asking wanted: IPAddress,
        _ receiver: HardwareAddress
    ) -> ARPInquiry.Letter {
        let party = ARPPacket.Party(hardware: hardware, address: address)
        return ARPInquiry.Letter(
            link: index,
            receiver: receiver,
            packet: ARPPacket(asking: wanted, as: party)
        )
    }
}

extension ARPInquiry.Pair {
    /// The server and the VIP of a probe that goes by way of IPVS and direct routing; `nil` for
    /// every other, and over IPv6, where a link answers for its own addresses only.
    init?(of target: ProbeTarget) {
        guard let server = target.quietServer else { return nil }
        self.init(server: server, vip: target.endpoint.address)
    }
}

extension ProbeTarget {
    /// The real server that must not answer ARP for the address that this probe is sent to.
    var quietServer: IPAddress? {
        guard let path, path.forwarding == .directRouting, path.family == .v4,
            endpoint.address.family == .v4
        else { return nil }
        return path.server
    }
}

extension ARPInquiry.Testimony {
    /// What a probe of `pair` comes to that passed otherwise.
    func judged(_ outcome: Outcome, of pair: ARPInquiry.Pair) -> Outcome {
        switch self {
        case .quiet: outcome
        case .claims(let card, let link):
            Outcome(
                .l4connection,
                detail: "\(pair.server) answers ARP for the VIP \(pair.vip) (\(card) on \(link)): "
                    + "it takes packets that routers send to the directors; set arp_ignore 1 and "
                    + "arp_announce 2 on it (`penstock realserver up` does)",
                duration: outcome.duration
            )
        case .silence(let links):
            outcome.adding(
                "ARP of the VIP unknown: nobody answers for \(pair.server) on "
                    + links.joined(separator: ", ")
            )
        case .elsewhere:
            outcome.adding("ARP of the VIP unknown: \(pair.server) is on no link of this host")
        }
    }
}
