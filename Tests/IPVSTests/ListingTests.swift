import IPVS
import Net
import Netlink
import TestSupport
import Testing

/// The kernel's own listing of its table, as it prints it.
@Suite struct ListingTests {
    private static let header = """
        IP Virtual Server version 1.2.1 (size=4096)
        Prot LocalAddress:Port Scheduler Flags
          -> RemoteAddress:Port Forward Weight ActiveConn InActConn

        """

    private func read(_ lines: String) throws -> Listing {
        try Listing(parsing: Array((Self.header + lines).utf8))
    }

    /// Every form that `ip_vs_info_seq_show` prints, with the spaces it leaves at ends of lines.
    @Test func readsEveryForm() throws {
        let listing = try read(
            """
            TCP  CB00710A:01BB mh\u{20}
              -> 0A14000B:01BB      Route   1      12         345
              -> 0A14000C:01BB      Route   0      0          0
            UDP  CB00710A:0035 rr ops\u{20}
              -> 0A14000D:0035      Masq    65535  0          7
            SCTP  CB00710A:0B59 wlc persistent 300 FFFFFFFF
              -> 0A14000D:0B59      Local   1      0          0
            TCP  [2001:0db8:0000:0000:0000:0000:0000:000a]:0050 none\u{20}
              -> [2001:0db8:0000:0000:0000:0000:000b:0011]:0050      Tunnel  5      0          0
              -> 0A14000E:0050      Bypass  5      0          0
            FWM  00000007 rr persistent 60 FFFFFFFF
              -> 0A14000B:0000      Route   2      0          0

            """
        )
        let vip = IPAddress(v4: 0xcb00_710a)
        let server = { (last: UInt32, port: UInt16) in
            Endpoint(IPAddress(v4: 0x0a14_0000 + last), Port(port))
        }
        let expected = [
            Listing.Service(
                .address(vip, .tcp, 443),
                scheduler: "mh",
                destinations: [
                    .init(server(11, 443), .directRouting, weight: 1, active: 12, inactive: 345),
                    .init(server(12, 443), .directRouting, weight: 0),
                ]
            ),
            Listing.Service(
                .address(vip, .udp, 53),
                scheduler: "rr",
                isOnePacket: true,
                destinations: [.init(server(13, 53), .masquerade, weight: 65_535, inactive: 7)]
            ),
            Listing.Service(
                .address(vip, .sctp, 2905),
                scheduler: "wlc",
                isPersistent: true,
                destinations: [.init(server(13, 2905), .local, weight: 1)]
            ),
            Listing.Service(
                .address(try IPAddress(parsing: "2001:db8::a"), .tcp, 80),
                scheduler: "none",
                isOnePacket: nil,
                destinations: [
                    .init(try Endpoint(parsing: "[2001:db8::b:11]:80"), .tunnel, weight: 5),
                    .init(server(14, 80), .bypass, weight: 5),
                ]
            ),
            Listing.Service(
                .mark(7),
                scheduler: "rr",
                isPersistent: true,
                destinations: [.init(server(11, 0), .directRouting, weight: 2)]
            ),
        ]
        #expect(listing.services == expected)
    }

    @Test func anEmptyTableIsOneWithItsHeader() throws {
        #expect(try read("").services.isEmpty)
        for text in ["", "\n", "IP Virtual", "nf_conntrack 1\n"] {
            #expect(throws: ParseError.self) { _ = try Listing(parsing: Array(text.utf8)) }
        }
    }

    /// What is not known is passed over, with what belongs to it, and nothing else.
    @Test func strangeLinesAreNotRead() throws {
        let listing = try read(
            """
            IP_47  CB00710A:01BB mh\u{20}
              -> 0A14000B:01BB      Route   1      0          0
            TCP  CB00710A:01BB mh\u{20}
              -> 0A14000B:01BB      Sideways 1      0          0
              -> 0A14000C:01BB      Route   -1     0          0
              -> 0A14000D:01BB      Route   1
              => 0A14000E:01BB      Route   1      0          0

            TCP  CB00710B:01BB\u{20}
            TCP  CB0071:01BB mh\u{20}
              -> 0A14000F:01BB      Route   1      0          0
            """
        )
        #expect(
            listing.services == [
                .init(.address(IPAddress(v4: 0xcb00_710a), .tcp, 443), scheduler: "mh")
            ]
        )
    }

    /// Whatever is cut off or turned around in it, reading it ends and says something.
    @Test(arguments: UInt64(0)..<32) func survivesAnything(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let whole = Array(
            (Self.header + """
                TCP  [2001:0db8:0000:0000:0000:0000:0000:000a]:0050 mh ops persistent 300 FFFFFFFF
                  -> 0A14000B:01BB      Route   1      12         345
                """).utf8
        )
        for _ in 0..<200 {
            var bytes = Array(whole.prefix(Int.random(in: 0...whole.count, using: &generator)))
            for _ in 0..<Int.random(in: 0..<4, using: &generator) where !bytes.isEmpty {
                let place = Int.random(in: bytes.indices, using: &generator)
                bytes[place] = UInt8.random(in: 0...255, using: &generator)
            }
            do {
                #expect(try Listing(parsing: bytes).services.count <= 2)
            } catch {
                #expect(!"\(error)".isEmpty)
            }
        }
    }

    @Test func aFileThatCannotBeReadIsNoTable() async {
        let failure = KernelFile.Failure(
            attempted: "open",
            path: Listing.path,
            errno: .noEntry
        )
        let source = ListingSource { () async throws(KernelFile.Failure) in throw failure }
        await #expect(throws: ListingError.unreadable(failure)) { _ = try await source.printout() }
        #expect(ListingError.unreadable(failure).because.contains("ENOENT"))
    }
}
