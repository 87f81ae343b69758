import Core
import Net

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
        /// This card answers for the VIP and the server, and for other servers as well: whether
        /// the server would, it does not say.
        case standsIn(HardwareAddress, link: String)
        /// Nobody answers for the server on the links of these names.
        case silence(links: [String])
        /// The server is on no link of this host, so that nobody can be asked.
        case elsewhere
    }

    /// How long an answer is waited for.
    ///
    /// On a link one takes less than a millisecond, as the kernel of the server answers; a host
    /// that is busy, or a segment that is stretched over some places, a few. A result that passed
    /// waits for it where a server is mute, which is why this is not long.
    static let patience = Duration.milliseconds(50)

    /// How long the answer for the VIP is waited for once that for the server itself is there.
    ///
    /// The questions went to the same card in this order, and so come their answers, but for cards
    /// with several queues, which may swap what is microseconds apart; and the first answer may be
    /// to a question that the kernel of this host had just before.
    static let grace = Duration.milliseconds(5)

    /// How long what a pair was found to be is good for, whatever checks ask, and how long nobody
    /// else is woken again for a server whose card is not known.
    ///
    /// Only what two questions found: each probe after a claim or a change has a question of its
    /// own, so that one answer is never more than one result of a check.
    static let pause = Duration.seconds(1)

    /// How long a pair is known that nobody asks for.
    ///
    /// Then the link is asked for the server's hardware address again, which wakes everybody on it.
    /// Checks come more often than that.
    static let memory = Duration.seconds(60)

    /// The links on which a server is looked for: it is on one, and where two have the same network
    /// on another.
    static let mostLinks = 4

    /// Where a pair is asked for.
    private struct Place {
        let link: ARPLink
        /// The card that was asked for the VIP, once it was, and when.
        var asked: (card: HardwareAddress, at: Moment)?
        /// Whether it has answered for itself what it was asked behind that.
        var hasAnswered = false
    }

    private struct Question {
        let begun: Moment
        var places: [Place]
        var testimony: Testimony?
        /// What came of the question before.
        let former: Testimony?

        /// Whether nobody needs to be asked again yet.
        func stands(at now: Moment) -> Bool {
            switch testimony {
            case nil: true
            case .claims: false
            case let testimony: testimony == former && now - begun < ARPInquiry.pause
            }
        }

        func place(on link: Int32) -> Int? { places.firstIndex { $0.link.index == link } }
    }

    private struct Server {
        /// What is known of it, by the numbers of links.
        var spots: [Int32: ARPSpot] = [:]
        /// How many pairs of it are known.
        var pairs = 0
    }

    private struct Holder: Hashable {
        let link: Int32
        let card: HardwareAddress
    }

    private var questions: [Pair: Question] = [:]
    private var servers: [IPAddress: Server] = [:]
    /// The servers that a card answers for.
    private var holders: [Holder: Set<IPAddress>] = [:]
    private var deadlines = DeadlineQueue<Pair>()
    private var closed: [Pair] = []

    /// Nobody was asked yet.
    init() {}

    /// When something falls due of itself.
    var nextDeadline: Moment? { deadlines.earliest }

    /// How many pairs are known.
    var count: Int { questions.count }

    /// How many servers and cards are known.
    var acquaintances: Int { servers.count + holders.count }

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

    /// Asks for `pair`, unless that is being done, or is known well enough: what is to be sent.
    mutating func ask(_ pair: Pair, on links: [ARPLink], at now: Moment) -> [Letter] {
        let former = questions[pair]
        if let former, former.stands(at: now) { return [] }
        if former == nil { servers[pair.server, default: Server()].pairs += 1 }
        let links = ARPLink.nearest(to: pair, among: links)
        var letters: [Letter] = []
        var places: [Place] = []
        var due = now
        for link in links {
            let step = servers[pair.server]?.spots[link.index, default: ARPSpot()]
                .seek(pair, on: link, at: now)
            guard let step else { continue }
            letters += step.letters
            due = max(due, step.due)
            places.append(Place(link: link, asked: step.card.map { ($0, now) }))
        }
        questions[pair] = Question(begun: now, places: places, former: former?.testimony)
        guard !places.isEmpty else {
            close(pair, .elsewhere, at: now)
            return []
        }
        deadlines.set(pair, at: due)
        return letters
    }

    /// Takes a packet that came by the link of this number: what is to be sent then.
    mutating func hear(_ packet: ARPPacket, on link: Int32, at now: Moment) -> [Letter] {
        guard packet.operation == .reply else { return [] }
        let holder = Holder(link: link, card: packet.sender.hardware)
        let servers = holders[holder] ?? []
        for server in servers {
            let pair = Pair(server: server, vip: packet.sender.address)
            guard let question = questions[pair], question.testimony == nil,
                let index = question.place(on: link)
            else { continue }
            let place = question.places[index]
            guard place.link.address == packet.target.address, place.asked?.card == holder.card
            else { continue }
            let name = place.link.name
            let testimony: Testimony =
                servers.count == 1
                ? .claims(holder.card, link: name) : .standsIn(holder.card, link: name)
            close(pair, testimony, at: now)
        }
        return hearOfItself(packet, from: holder, at: now)
    }

    /// Takes the answer of a server for its own address, if it is one.
    private mutating func hearOfItself(
        _ packet: ARPPacket,
        from holder: Holder,
        at now: Moment
    ) -> [Letter] {
        let server = packet.sender.address
        let news = servers[server]?.spots[holder.link]?
            .hear(holder.card, answering: packet.target.address, at: now)
        switch news {
        case nil: return []
        case .found(let pairs):
            holders[holder, default: []].insert(server)
            return pairs.flatMap { follow($0, to: holder, at: now) }
        case .answered(let pair, let asked):
            guard let question = questions[pair], question.testimony == nil,
                let index = question.place(on: holder.link),
                let last = question.places[index].asked, last == (holder.card, asked)
            else { return [] }
            questions[pair]?.places[index].hasAnswered = true
            if questions[pair]?.places.allSatisfy(\.hasAnswered) == true {
                deadlines.set(pair, at: min(now + Self.grace, asked + Self.patience))
            }
            return []
        }
    }

    /// Asks a server for the VIP whose card was just found.
    private mutating func follow(_ pair: Pair, to holder: Holder, at now: Moment) -> [Letter] {
        guard let question = questions[pair], question.testimony == nil,
            let index = question.place(on: holder.link)
        else { return [] }
        let step = servers[pair.server]?.spots[holder.link]?
            .seek(pair, on: question.places[index].link, at: now)
        guard let step else { return [] }
        questions[pair]?.places[index].asked = (holder.card, now)
        deadlines.set(pair, at: step.due)
        return step.letters
    }

    /// Ends what has had its time, and forgets what nobody asks for any more.
    mutating func expire(at now: Moment) {
        while let pair = deadlines.popDue(at: now) {
            guard let question = questions[pair], question.testimony == nil else {
                forget(pair)
                continue
            }
            var isHeard = false
            for place in question.places {
                isHeard = isHeard || place.hasAnswered
                guard let asked = place.asked, !place.hasAnswered else { continue }
                servers[pair.server]?.spots[place.link.index]?.giveUp(until: asked.at)
                // Others had an answer from it meanwhile, and this one's was lost.
                let heard = servers[pair.server]?.spots[place.link.index]?.heard
                if let heard, heard >= asked.at { continue }
                // It may have another card by now, so the next question is for everybody again.
                lose(asked.card, of: pair.server, on: place.link.index)
            }
            let names = question.places.map(\.link.name)
            close(pair, isHeard ? .quiet : .silence(links: names), at: now)
        }
    }

    private mutating func close(_ pair: Pair, _ testimony: Testimony, at now: Moment) {
        questions[pair]?.testimony = testimony
        deadlines.set(pair, at: now + Self.memory)
        closed.append(pair)
    }

    private mutating func forget(_ pair: Pair) {
        guard questions.removeValue(forKey: pair) != nil else { return }
        servers[pair.server]?.pairs -= 1
        guard let server = servers[pair.server], server.pairs == 0 else { return }
        for (link, spot) in server.spots {
            if let card = spot.card { lose(card, of: pair.server, on: link) }
        }
        servers[pair.server] = nil
    }

    /// Takes the card of a server to be unknown, unless that is another one by now.
    private mutating func lose(_ card: HardwareAddress, of server: IPAddress, on link: Int32) {
        guard servers[server]?.spots[link]?.card == card else { return }
        servers[server]?.spots[link]?.card = nil
        let holder = Holder(link: link, card: card)
        holders[holder]?.remove(server)
        if holders[holder]?.isEmpty == true { holders[holder] = nil }
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
                duration: outcome.duration,
                isDespiteConnection: true
            )
        case .standsIn(let card, let link):
            outcome.adding(
                "ARP of the VIP unknown: \(card) on \(link) answers for other servers, too"
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
