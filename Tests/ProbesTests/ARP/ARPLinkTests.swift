import Net
import Testing

@testable import Probes

/// Where a real server is asked: on the links of the smallest network that holds it.
@Suite struct ARPLinkTests {
    /// A link's number, and the director's address in a network of this length on it.
    struct Own: CustomStringConvertible, Sendable {
        let number: Int32
        let address: UInt32
        let length: Int

        init(_ number: Int32, _ address: UInt32, _ length: Int) {
            self.number = number
            self.address = address
            self.length = length
        }

        var description: String { "\(IPAddress(v4: address))/\(length) on eth\(number)" }
    }

    private static let pair = ARPInquiry.Pair(
        server: IPAddress(v4: 0x0a14_000b),
        vip: IPAddress(v4: 0xcb00_710a)
    )

    /// What there is, and which of it is asked, by their places.
    private static let cases: [([Own], [Int])] = [
        ([Own(2, 0x0a14_0001, 16), Own(3, 0x0a00_0001, 8)], [0]),
        ([Own(3, 0x0a00_0001, 8), Own(2, 0x0a14_0001, 16)], [1]),
        ([Own(3, 0x0a00_0001, 8)], [0]),
        ([Own(3, 1, 0), Own(2, 0x0a15_0001, 16)], [0]),
        // Two links may have the same network, and one link some addresses of it.
        ([Own(2, 0x0a14_0001, 16), Own(7, 0x0a14_0002, 16)], [0, 1]),
        ([Own(2, 0x0a14_0001, 16), Own(2, 0x0a14_0002, 16)], [0]),
        ([Own(2, 0x0a00_0001, 8), Own(2, 0x0a14_0002, 16)], [1]),
        // Nobody asks in the name of the server or the VIP, nor then on a wider network.
        ([Own(2, 0x0a14_000b, 16), Own(2, 0x0a14_0002, 16)], [1]),
        ([Own(2, 0x0a14_000b, 16), Own(3, 0x0a00_0001, 8)], []),
        ([Own(2, 0xcb00_710a, 0), Own(3, 0x0b00_0001, 8)], []),
        ([Own(3, 0x0b00_0001, 8)], []), ([], []),
    ]

    @Test(arguments: cases)
    func aServerIsAskedWhereItIs(own: [Own], asked: [Int]) {
        let links = own.map {
            ARPTrial.link($0.number, IPAddress(v4: $0.address), length: $0.length)
        }
        #expect(ARPLink.nearest(to: Self.pair, among: links) == asked.map { links[$0] })
    }
}
