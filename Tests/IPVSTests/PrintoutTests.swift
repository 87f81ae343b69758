import IPVS
import TestSupport
import Testing

/// Whether two printouts show the same table.
@Suite struct PrintoutTests {
    private static let table = """
        IP Virtual Server version 1.2.1 (size=4096)
        Prot LocalAddress:Port Scheduler Flags
          -> RemoteAddress:Port Forward Weight ActiveConn InActConn
        TCP  CB00710A:0050 mh (mh-fallback,mh-port)
          -> 0A14000D:0050      Route   1      0          0
          -> 0A14000C:0050      Route   1      12         345
        UDP  CB00710A:0035 rr
          -> 0A14000D:0035      Masq    100    0          7

        """

    private func isAlike(_ change: (String) -> String) -> Bool {
        Printout(Array(Self.table.utf8)) == Printout(Array(change(Self.table).utf8))
    }

    @Test func itIsAlikeItself() { #expect(isAlike { $0 }) }

    @Test(arguments: [
        ("1      0          0", "1      1          0"), ("12         345", "9          345"),
        ("12         345", "12         1234567890"), ("12         345", "1234567890 0"),
        ("0          7", "10         8"),
    ])
    func connectionsMakeNoDifference(before: String, after: String) {
        #expect(isAlike { $0.replacing(before, with: after) })
    }

    @Test(arguments: [
        ("Route   1      12", "Route   10     12"), ("Route   1      12", "Route   0      12"),
        ("Route   1      12", "Tunnel  1      12"), ("0A14000C", "0A14000B"), ("rr", "wrr"),
        ("100    0", "1000   0"), ("100    0", "10     0"), ("CB00710A:0035", "CB00710A:0036"),
        ("UDP", "TCP"), ("mh-port)", "mh-port) persistent 300 FFFFFFFF"), ("4096", "8192"),
        ("  -> 0A14000D:0050      Route   1      0          0\n", ""),
        ("  -> 0A14000D:0035      Masq    100    0          7\n", ""),
        ("12         345", "12         "), ("12         345", "12         34A"),
        ("12         345", "12         345 6"), ("UDP  CB00710A:0035 rr\n", ""),
        ("\nUDP", "\nTCP  CB00710A:0051 rr\nUDP"),
    ])
    func anythingElseDoes(before: String, after: String) {
        #expect(!isAlike { $0.replacing(before, with: after) })
    }

    /// What is alike says the same of everything but connections.
    @Test(arguments: UInt64(0)..<1000)
    func whatIsAlikeReadsAlike(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        var bytes = Array(Self.table.utf8)
        for _ in 0..<Int.random(in: 1...3, using: &generator) {
            let place = Int.random(in: bytes.indices, using: &generator)
            switch Int.random(in: 0..<3, using: &generator) {
            case 0: bytes[place] = Array("0179 ->\nAB".utf8).randomElement(using: &generator) ?? 0
            case 1: bytes.remove(at: place)
            default: bytes.insert(bytes[place], at: place)
            }
        }
        guard Printout(Array(Self.table.utf8)) == Printout(bytes) else { return }
        let known = try Listing(parsing: Array(Self.table.utf8))
        let found = try Listing(parsing: bytes)
        #expect(Self.withoutConnections(known) == Self.withoutConnections(found))
    }

    private static func withoutConnections(_ listing: Listing) -> Listing {
        var listing = listing
        for service in listing.services.indices {
            for place in listing.services[service].destinations.indices {
                listing.services[service].destinations[place].active = 0
                listing.services[service].destinations[place].inactive = 0
            }
        }
        return listing
    }
}
