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

    /// A link with a network of 16 bits, on which the director has `address`.
    static func link(_ index: Int32, _ address: IPAddress) -> ARPLink {
        ARPLink(
            index: index,
            name: "eth\(index)",
            hardware: card(0xd0 | UInt8(clamping: index)),
            address: address,
            network: Prefix(address, length: 16) ?? Prefix(host: address)
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
    /// The pairs whose server has another card than when it was last found.
    private var stale: Set<ARPInquiry.Pair> = []
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
        if inquiry.count != 0 { broken.append("\(inquiry.count) are remembered") }
        if inquiry.nextDeadline != nil { broken.append("something is due for ever") }
    }

    private mutating func ask() {
        guard let host = hosts.randomElement(using: &generator),
            let vip = Self.vips.randomElement(using: &generator)
        else { return }
        let pair = ARPInquiry.Pair(server: host.address, vip: vip)
        let letters = inquiry.ask(pair, on: [Self.link], at: ARPTrial.moment(now))
        guard !letters.isEmpty else { return }
        if let last = asked[pair], now - last < 1_000 { broken.append("asked too often") }
        asked[pair] = now
        spoiled.remove(pair)
        for letter in letters { send(letter, for: pair) }
    }

    private mutating func send(_ letter: ARPInquiry.Letter, for pair: ARPInquiry.Pair) {
        let wanted = letter.packet.target.address
        if letter.receiver == .everybody, wanted != pair.server {
            broken.append("everybody was asked for a VIP")
        }
        if letter.packet.sender != .init(hardware: Self.link.hardware, address: Self.link.address) {
            broken.append("asked in the name of another")
        }
        for host in hosts where host.isThere {
            guard letter.receiver == .everybody || letter.receiver == host.card,
                wanted == host.address || host.answersForAll && Self.vips.contains(wanted)
            else { continue }
            let delay = Int64.random(in: 0...60, using: &generator)
            guard delay < 40, Int.random(in: 0..<20, using: &generator) > 0 else {
                spoiled.insert(pair)
                continue
            }
            let reply = ARPPacket(
                .reply,
                from: .init(hardware: host.card, address: wanted),
                to: letter.packet.sender
            )
            flights.append(Flight(due: now + delay, packet: reply))
        }
    }

    private mutating func arrive() {
        let landed = flights.filter { $0.due <= now }.sorted { $0.due < $1.due }
        flights.removeAll { $0.due <= now }
        for flight in landed {
            let letters = inquiry.hear(flight.packet, on: 2, at: ARPTrial.moment(now))
            for letter in letters {
                for vip in Self.vips where letter.packet.target.address == vip {
                    let server = flight.packet.sender.address
                    send(letter, for: ARPInquiry.Pair(server: server, vip: vip))
                }
            }
        }
        inquiry.expire(at: ARPTrial.moment(now))
    }

    /// Another setting, another card, or gone.
    private mutating func change() {
        guard let index = hosts.indices.randomElement(using: &generator) else { return }
        let pairs = asked.keys.filter { $0.server == hosts[index].address }
        spoiled.formUnion(pairs)
        flights.removeAll { $0.packet.sender.hardware == hosts[index].card }
        switch Int.random(in: 0..<3, using: &generator) {
        case 0: hosts[index].answersForAll.toggle()
        case 1:
            lastCard += 1
            hosts[index].card = ARPTrial.card(lastCard)
            stale.formUnion(pairs)
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
            if case .silence = testimony, stale.remove(pair) != nil { continue }
            guard !spoiled.contains(pair),
                let host = hosts.first(where: { $0.address == pair.server })
            else { continue }
            let isRight =
                switch testimony {
                case .quiet: host.isThere && !host.answersForAll
                case .claims(let card, _): host.isThere && host.answersForAll && card == host.card
                case .silence: !host.isThere
                case .elsewhere: false
                }
            if !isRight { broken.append("\(pair) is said to be \(testimony)") }
        }
    }
}
