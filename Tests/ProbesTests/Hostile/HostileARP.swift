import Core
import Net
@testable import Probes

/// What comes by a link while servers on it are asked for a VIP.
enum HostileARP {
    private static let pair = ARPInquiry.Pair(
        server: IPAddress(v4: 0x0a14_000b),
        vip: IPAddress(v4: 0xcb00_710a)
    )

    /// Reads packets: what is read is written as the same bytes, and nobody is said to claim the
    /// VIP who did not.
    static func read(_ packets: [ArraySlice<UInt8>]) -> HostileAnswer.Reading {
        var broken: [String] = []
        var outcome = ""
        var claimants: Set<HardwareAddress> = []
        var inquiry = ARPInquiry()
        let links = link.map { [$0] } ?? []
        _ = inquiry.ask(pair, on: links, at: .zero)
        for bytes in packets {
            guard let packet = ARPPacket(bytes) else {
                outcome = "no packet"
                continue
            }
            if packet.bytes != Array(bytes.prefix(ARPPacket.byteCount)) {
                broken.append("\(packet) is written otherwise")
            }
            if packet.operation == .reply, packet.sender.address == pair.vip {
                claimants.insert(packet.sender.hardware)
            }
            outcome = "\(packet.operation)"
            let letters = inquiry.hear(packet, on: 2, at: .zero)
            if letters.contains(where: { $0.receiver != packet.sender.hardware }) {
                broken.append("others are asked for the VIP")
            }
            if letters.count > 2 { broken.append("\(letters.count) questions at once") }
        }
        inquiry.expire(at: .zero + ARPInquiry.patience)
        switch inquiry.testimony(of: pair) {
        case .claims(let card, _):
            outcome += ", claims"
            if !claimants.contains(card) { broken.append("\(card) claimed nothing") }
        case .quiet: outcome += ", quiet"
        case .silence: outcome += ", silence"
        case .elsewhere, .standsIn, nil: broken.append("nothing came of it")
        }
        return HostileAnswer.Reading(outcome: outcome, broken: broken)
    }

    private static let link = HardwareAddress(bytes: [2, 0, 0, 0, 0, 1]).map { card in
        ARPLink(
            index: 2,
            name: "eth1",
            hardware: card,
            address: IPAddress(v4: 0x0a14_0001),
            network: Prefix(IPAddress(v4: 0x0a14_0001), length: 16) ?? Prefix(host: pair.server)
        )
    }
}
