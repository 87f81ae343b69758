import FRR
import Glibc
import Net

/// A tour of the FRR library: says who is there, announces an address, makes it a worse path,
/// shows what each peer is sent, and leaves everything as it was.
///
///     swift build --package-path examples/frr-tour
///     sudo examples/frr-tour/.build/debug/frr-tour 65001 [/run/frr/bgpd.vty]
@main struct Tour {
    /// An address from the block for documentation (RFC 5737), so that nobody's packets go there.
    static let address = IPAddress(v4: 0xc000_02fe)

    static func main() async {
        let arguments = CommandLine.arguments
        guard arguments.count > 1, let number = UInt32(arguments[1]) else {
            print("usage: frr-tour AS-NUMBER [SOCKET]")
            exit(EXIT_FAILURE)
        }
        let socket = arguments.count > 2 ? arguments[2] : BGP.defaultSocket
        // Nothing is connected before it is needed, and nothing is written to another AS.
        let bgp = BGP(asn: ASN(number), socket: socket)
        do {
            try await tour(bgp, socket)
        } catch {
            // Every error says what was attempted, what bgpd said, and what to do next.
            print(error)
            exit(EXIT_FAILURE)
        }
        await bgp.close()
    }

    static func tour(_ bgp: BGP, _ socket: String) async throws {
        print("\(try await bgp.version()), AS \(try await bgp.summary().asn ?? bgp.asn)")
        for (name, peer) in try await bgp.neighbors().sorted(by: { $0.key < $1.key }) {
            print("  neighbor \(name), AS \(peer.asn): \(peer.state)")
        }

        // What somebody else announces is not ours to change.
        let prefix = Prefix(host: address)
        guard try await bgp.configuration().main?.networks[prefix] == nil else {
            print("\(prefix) is announced already; nothing was changed")
            return
        }
        try await bgp.advertise([BGPAnnouncement(address)])
        try await show(bgp, "announced")

        // A worse path: made as a route-map of the library's own, whose name says what is in it.
        let soft = RoutePolicy(level: .soft, communities: [.gracefulShutdown])
        try await bgp.advertise([BGPAnnouncement(address, soft, asn: bgp.asn)])
        try await show(bgp, "draining")

        try await bgp.withdraw([address])
        if let map = OwnedRouteMap(soft, asn: bgp.asn) { _ = try await bgp.discard([map.name]) }
        try await show(bgp, "withdrawn")

        // Underneath is a connection that takes any line, as long as its bytes are harmless.
        let vty = try await VTY(socket: socket).dial()
        print(try await vty.command(VTYLine(validating: "echo that was all")).text)
        await vty.close()
    }

    /// Shows what each peer is known to have been sent; a status of bgpd's would prove nothing.
    static func show(_ bgp: BGP, _ step: String) async throws {
        // bgpd chooses its best paths 50 ms after a change, and sends them then.
        try await ContinuousClock().sleep(for: .milliseconds(300))
        let seen = try await bgp.observe(owned: [Prefix(host: address)])
        print("\(step): \(seen.announced(address).map { "\($0)" } ?? "no statement")")
        for peer in seen.confirmed(address).sorted() { print("  \(peer) has it") }
        for obstacle in seen.obstacles[address] ?? [] {
            print("  \(obstacle)\n    fix: \(obstacle.fix)")
        }
    }
}
