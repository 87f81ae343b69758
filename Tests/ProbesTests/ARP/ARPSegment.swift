import Core
import Net
import TestSupport

@testable import Probes

/// What tests of ARP are made of.
enum ARPTrial {
    /// Who was asked for which address.
    struct Asked: Equatable {
        let link: Int32
        let receiver: HardwareAddress
        let wanted: IPAddress

        init(_ link: Int32, _ receiver: HardwareAddress, _ wanted: IPAddress) {
            self.link = link
            self.receiver = receiver
            self.wanted = wanted
        }

        init(_ letter: ARPInquiry.Letter) {
            self.init(letter.link, letter.receiver, letter.packet.target.address)
        }
    }

    static func moment(_ milliseconds: Int64) -> Moment {
        Moment(nanoseconds: milliseconds * 1_000_000)
    }

    /// The card of this number.
    static func card(_ number: UInt8) -> HardwareAddress {
        HardwareAddress(bytes: [2, 0, 0, 0, 0, number]) ?? .everybody
    }

    /// A link with a network of this length, on which the director has `address`.
    static func link(_ index: Int32, _ address: IPAddress, length: Int = 16) -> ARPLink {
        ARPLink(
            index: index,
            name: "eth\(index)",
            hardware: card(0xd0 | UInt8(clamping: index)),
            address: address,
            network: Prefix(address, length: length) ?? Prefix(host: address)
        )
    }
}

/// A segment of servers, of which some answer for VIPs that they should be silent about, with
/// packets that take their time or are lost, and an inquiry that asks them.
struct ARPSegment {
    private struct Host {
        let address: IPAddress
        var card: HardwareAddress
        /// Whether it answers for the VIPs of its loopback too: arp_ignore 0.
        var answersForAll: Bool
        var isThere = true
        /// When the last of its answers arrives: they keep their order, nearly.
        var lastDue: Int64 = 0
    }

    private struct Flight {
        let due: Int64
        let packet: ARPPacket
    }

    private static let vips = (0..<3).map { IPAddress(v4: 0xcb00_710a + $0) }
    private static let link = ARPTrial.link(2, IPAddress(v4: 0x0a14_0001))

    private var generator: SeededGenerator
    private var inquiry = ARPInquiry()
    private var hosts: [Host]
    private var flights: [Flight] = []
    private var now: Int64 = 0
    private var asked: [ARPInquiry.Pair: Int64] = [:]
    /// The pairs of which a packet was lost, came too late, or met another setting under way.
    private var spoiled: Set<ARPInquiry.Pair> = []
    /// What pairs were found to be, and that before.
    private var found: [ARPInquiry.Pair: [ARPInquiry.Testimony]] = [:]
    /// When everybody was asked for a server last, and whether it was there and heard in time.
    private var calls: [IPAddress: (at: Int64, isHeard: Bool)] = [:]
    /// When an answer of a server was lost: then those to others are taken for it, for a second.
    private var losses: [IPAddress: Int64] = [:]
    private var lastCard: UInt8 = 0x40
    /// Which promises were broken.
    private(set) var broken: [String] = []
    /// How many testimonies there were.
    private(set) var testimonies = 0

    init(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        hosts = (0..<6).map { number in
            Host(
                address: IPAddress(v4: 0x0a14_000b + UInt32(number)),
                card: ARPTrial.card(0x0b + UInt8(number)),
                answersForAll: Bool.random(using: &generator)
            )
        }
        self.generator = generator
    }

    /// Some time passes, and something happens.
    mutating func step() {
        now += Int64.random(in: 0...80, using: &generator)
        arrive()
        judge()
        switch Int.random(in: 0..<10, using: &generator) {
        case 0: change()
        case 1: slander()
        default: ask()
        }
        judge()
    }

    /// Nobody asks any more: everything is forgotten.
    mutating func fallSilent() {
        for _ in 0..<3 {
            now += 1_000
            arrive()
            judge()
        }
        now += 61_000
        judge()
        if inquiry.count + inquiry.acquaintances != 0 { broken.append("somebody is remembered") }
        if inquiry.nextDeadline != nil { broken.append("something is due for ever") }
    }

    private mutating func ask() {
        guard let host = hosts.randomElement(using: &generator),
            let vip = Self.vips.randomElement(using: &generator)
        else { return }
        let pair = ARPInquiry.Pair(server: host.address, vip: vip)
        let wasOpen = inquiry.isOpen(pair)
        let letters = inquiry.ask(pair, on: [Self.link], at: ARPTrial.moment(now))
        guard !wasOpen, inquiry.isOpen(pair) else { return }
        if let last = asked[pair], now - last < 1_000, let known = found[pair], known.count == 2,
            known[0] == known[1], known[0] == .quiet
        {
            broken.append("asked too often")
        }
        asked[pair] = now
        spoiled.remove(pair)
        for letter in letters { send(letter, for: pair) }
    }

    private mutating func send(_ letter: ARPInquiry.Letter, for pair: ARPInquiry.Pair) {
        let wanted = letter.packet.target.address
        if letter.packet.sender != .init(hardware: Self.link.hardware, address: Self.link.address) {
            broken.append("asked in the name of another")
        }
        let isCall = letter.receiver == .everybody
        if isCall {
            if wanted != pair.server { broken.append("everybody was asked for a VIP") }
            if let last = calls[wanted], now - last.at < 1_000 { broken.append("woken too often") }
            calls[wanted] = (now, false)
        } else if hosts.contains(where: {
            $0.isThere && $0.address == pair.server && $0.card != letter.receiver
        }) {
            spoiled.insert(pair)
        }
        for index in hosts.indices where hosts[index].isThere {
            let host = hosts[index]
            guard isCall || letter.receiver == host.card,
                wanted == host.address || host.answersForAll && Self.vips.contains(wanted)
            else { continue }
            // Some overtake others, by less than is waited for these.
            let due = max(now + Int64.random(in: 0...45, using: &generator), host.lastDue - 4)
            guard due - now < 40, Int.random(in: 0..<20, using: &generator) > 0 else {
                spoiled.insert(pair)
                losses[pair.server] = now
                continue
            }
            hosts[index].lastDue = max(host.lastDue, due)
            if isCall { calls[wanted]?.isHeard = true }
            let reply = ARPPacket(
                .reply,
                from: .init(hardware: host.card, address: wanted),
                to: letter.packet.sender
            )
            flights.append(Flight(due: due, packet: reply))
        }
    }

    private mutating func arrive() {
        let landed = flights.filter { $0.due <= now }.sorted { $0.due < $1.due }
        flights.removeAll { $0.due <= now }
        for flight in landed {
            let letters = inquiry.hear(flight.packet, on: 2, at: ARPTrial.moment(now))
            // Always two: for the VIP, then for the server.
            for index in letters.indices {
                let vip = letters[index - index % 2].packet.target.address
                let server = flight.packet.sender.address
                send(letters[index], for: ARPInquiry.Pair(server: server, vip: vip))
            }
        }
        inquiry.expire(at: ARPTrial.moment(now))
    }

    /// Another setting, another card, or gone.
    private mutating func change() {
        guard let index = hosts.indices.randomElement(using: &generator) else { return }
        let pairs = asked.keys.filter { $0.server == hosts[index].address }
        spoiled.formUnion(pairs)
        losses[hosts[index].address] = now
        flights.removeAll { $0.packet.sender.hardware == hosts[index].card }
        switch Int.random(in: 0..<3, using: &generator) {
        case 0: hosts[index].answersForAll.toggle()
        case 1:
            lastCard += 1
            hosts[index].card = ARPTrial.card(lastCard)
        default: hosts[index].isThere.toggle()
        }
    }

    /// Another director answers for a VIP, which is its right.
    private mutating func slander() {
        guard let vip = Self.vips.randomElement(using: &generator) else { return }
        let packet = ARPPacket(
            .reply,
            from: .init(hardware: ARPTrial.card(0xf0), address: vip),
            to: .init(hardware: Self.link.hardware, address: Self.link.address)
        )
        _ = inquiry.hear(packet, on: 2, at: ARPTrial.moment(now))
    }

    private mutating func judge() {
        inquiry.expire(at: ARPTrial.moment(now))
        for pair in inquiry.takeClosed() {
            guard let testimony = inquiry.testimony(of: pair) else { continue }
            testimonies += 1
            found[pair] = Array(((found[pair] ?? []) + [testimony]).suffix(2))
            let isSilence = if case .silence = testimony { true } else { false }
            defer {
                // Its card is not known any more, whoever waits for it.
                if isSilence {
                    calls[pair.server]?.isHeard = false
                    spoiled.formUnion(asked.keys.filter { $0.server == pair.server })
                }
            }
            // Everybody is not asked again within a second.
            if isSilence, let call = calls[pair.server], !call.isHeard, now - call.at < 1_200 {
                continue
            }
            if isSilence, let loss = losses[pair.server], let asked = asked[pair],
                asked <= loss + 1_060
            {
                continue
            }
            guard !spoiled.contains(pair),
                let host = hosts.first(where: { $0.address == pair.server })
            else { continue }
            let isRight =
                switch testimony {
                case .quiet: host.isThere && !host.answersForAll
                case .claims(let card, _): host.isThere && host.answersForAll && card == host.card
                case .silence: !host.isThere
                case .elsewhere, .standsIn: false
                }
            if !isRight { broken.append("\(pair) is said to be \(testimony)") }
        }
    }
}
