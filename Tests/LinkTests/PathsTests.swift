import Link
import Net
import Netlink
import Testing

/// Ways to other machines, and word of what cuts them off: bytes of Linux 6.18 on amd64, where
/// 10.9.9.1/24 and 2001:db8:9::1/64 were on a veth and nobody had 10.9.9.7 or 2001:db8:9::7.
///
/// They are in host byte order, so they say nothing on a machine whose high byte comes first.
@Suite(.enabled(if: UInt16(1).littleEndian == 1)) struct PathsTests {
    /// RTM_NEWNEIGH, type 28: nobody answered.
    private static let failedV4: [UInt8] = [
        0x02, 0x00, 0x00, 0x00, 0x03, 0x00, 0x00, 0x00,  // AF_INET, padding, link 3
        0x20, 0x00, 0x00, 0x01,  // NUD_FAILED, no flags, unicast
        0x08, 0x00, 0x01, 0x00, 0x0a, 0x09, 0x09, 0x07,  // NDA_DST 10.9.9.7
        0x08, 0x00, 0x04, 0x00, 0x06, 0x00, 0x00, 0x00,  // NDA_PROBES 6
        0x14, 0x00, 0x03, 0x00,  // NDA_CACHEINFO: confirmed, used, updated, references
        0xa3, 0x18, 0x00, 0x00, 0x33, 0x01, 0x00, 0x00,
        0x00, 0x00, 0x00, 0x00, 0x01, 0x00, 0x00, 0x00,
    ]

    private static let failedV6: [UInt8] = [
        0x0a, 0x00, 0x00, 0x00, 0x03, 0x00, 0x00, 0x00,  // AF_INET6, padding, link 3
        0x20, 0x00, 0x00, 0x01,  // NUD_FAILED, no flags, unicast
        0x14, 0x00, 0x01, 0x00,  // NDA_DST 2001:db8:9::7
        0x20, 0x01, 0x0d, 0xb8, 0x00, 0x09, 0x00, 0x00,
        0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x07,
        0x08, 0x00, 0x04, 0x00, 0x06, 0x00, 0x00, 0x00,  // NDA_PROBES 6
    ]

    /// RTM_NEWLINK, type 16, without its attributes: a veth whose other end was set down.
    private static let noCarrier: [UInt8] = [
        0x00, 0x00, 0x01, 0x00, 0x02, 0x00, 0x00, 0x00,  // AF_UNSPEC, ARPHRD_ETHER, link 2
        0x03, 0x10, 0x00, 0x00, 0x01, 0x00, 0x00, 0x00,  // UP BROADCAST MULTICAST
    ]

    private static let up: [UInt8] = [
        0x00, 0x00, 0x01, 0x00, 0x02, 0x00, 0x00, 0x00,  // AF_UNSPEC, ARPHRD_ETHER, link 2
        0x43, 0x10, 0x01, 0x00, 0x00, 0x00, 0x00, 0x00,  // UP BROADCAST RUNNING MULTICAST LOWER_UP
    ]

    /// RTM_NEWROUTE, type 24: the way to 10.8.1.1.
    private static let route: [UInt8] = [
        0x02, 0x20, 0x00, 0x00, 0xfe, 0x00, 0x00, 0x01,  // AF_INET, /32, main table, unicast
        0x00, 0x02, 0x00, 0x00,  // RTM_F_CLONED
        0x08, 0x00, 0x0f, 0x00, 0xfe, 0x00, 0x00, 0x00,  // RTA_TABLE main
        0x08, 0x00, 0x01, 0x00, 0x0a, 0x08, 0x01, 0x01,  // RTA_DST 10.8.1.1
        0x08, 0x00, 0x04, 0x00, 0x03, 0x00, 0x00, 0x00,  // RTA_OIF 3
        0x08, 0x00, 0x07, 0x00, 0x0a, 0x09, 0x09, 0x01,  // RTA_PREFSRC 10.9.9.1
        0x08, 0x00, 0x05, 0x00, 0x0a, 0x09, 0x09, 0x07,  // RTA_GATEWAY 10.9.9.7
    ]

    /// RTM_GETROUTE, type 26: the question that this answers.
    private static let question: [UInt8] = [
        0x02, 0x20, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,  // AF_INET, /32
        0x00, 0x00, 0x00, 0x00,
        0x08, 0x00, 0x01, 0x00, 0x0a, 0x08, 0x01, 0x01,  // RTA_DST 10.8.1.1
    ]

    @Test func readsANeighbourThatDoesNotAnswer() throws {
        #expect(
            PathLoss(Message(type: 28, payload: Self.failedV4))
                == .neighbor(try IPAddress(parsing: "10.9.9.7"), link: 3)
        )
        #expect(
            PathLoss(Message(type: 28, payload: Self.failedV6))
                == .neighbor(try IPAddress(parsing: "2001:db8:9::7"), link: 3)
        )
    }

    @Test func readsALinkThatIsLost() {
        #expect(PathLoss(Message(type: 16, payload: Self.noCarrier)) == .link(2))
        #expect(PathLoss(Message(type: 16, payload: Self.up)) == nil)
        // RTM_DELLINK says so whatever the flags.
        #expect(PathLoss(Message(type: 17, payload: Self.up)) == .link(2))
    }

    @Test func whatWorksIsNoLoss() {
        var reachable = Self.failedV4
        reachable[8] = 0x02
        #expect(PathLoss(Message(type: 28, payload: reachable)) == nil)
        // RTM_DELNEIGH is the kernel tidying up.
        #expect(PathLoss(Message(type: 29, payload: Self.failedV4)) == nil)
    }

    @Test func bytesThatAreCutShortAreNoLoss() {
        for bytes in [Self.failedV4, Self.failedV6, Self.noCarrier] {
            for length in 0..<bytes.count {
                for type: UInt16 in [16, 17, 28] {
                    // Whatever it says, it ends.
                    _ = PathLoss(Message(type: type, payload: Array(bytes.prefix(length))))
                }
            }
        }
        #expect(PathLoss(Message(type: 28, payload: Array(Self.failedV4.prefix(12)))) == nil)
        #expect(PathLoss(Message(type: 16, payload: Array(Self.noCarrier.prefix(8)))) == nil)
    }

    @Test func asksForAWay() async throws {
        let kernel = ScriptedKernel { message throws(NetlinkError) in
            guard message == Message(type: 26, payload: Self.question) else {
                throw .refused(.invalid, words: "another question")
            }
            return [Message(type: 24, payload: Self.route)]
        }
        let path = try await Paths(over: kernel).path(to: IPAddress(parsing: "10.8.1.1"))
        #expect(path == .init(gateway: try IPAddress(parsing: "10.9.9.7"), link: 3))
    }

    @Test func noWayIsAnAnswer() async throws {
        let kernel = ScriptedKernel { _ throws(NetlinkError) in
            throw .refused(.noDevice, words: "")
        }
        let path = try await Paths(over: kernel).path(to: IPAddress(parsing: "10.8.1.1"))
        #expect(path == nil)
    }

    /// The loopback's number is the same everywhere, and asking takes no privilege.
    @Test func theKernelKnowsTheWayToItself() async throws {
        for address in ["127.0.0.1", "::1"] {
            let path = try await Paths.live().path(to: IPAddress(parsing: address))
            #expect(path == .init(gateway: nil, link: 1))
        }
    }
}
