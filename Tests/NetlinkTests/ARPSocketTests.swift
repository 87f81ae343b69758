import Netlink
import Testing

/// Sockets for ARP: to be had with a right, and refused in the kernel's words without.
@Suite struct ARPSocketTests {
    @Test func listensOrIsRefused() {
        do throws(Errno) {
            let socket = try ARPSocket()
            var buffer = [UInt8](repeating: 0, count: 64)
            // What comes is for this host and for ARP, or nothing has come.
            if let heard = try socket.receive(into: &buffer) {
                #expect(heard.count >= 28 && buffer[7] == 2)
            }
        } catch {
            let refusals = [Errno.notPermitted, .accessDenied, .familyNotSupported]
            #expect(refusals.contains(error), "\(error)")
        }
    }

    /// Nobody is asked on a link that is not there.
    @Test func aLinkThatIsNotThereTakesNothing() {
        do throws(Errno) {
            let socket = try ARPSocket()
            try socket.send([UInt8](repeating: 0, count: 28), to: [2, 0, 0, 0, 0, 1], on: .max)
            Issue.record("it was sent")
        } catch {
            #expect(error != .invalid, "\(error)")
        }
    }

    @Test func theLinksHaveCardsAndNetworks() throws {
        for link in try OwnLink.allWithARP() {
            #expect(link.index > 0 && !link.name.isEmpty && link.name != "lo")
            #expect(link.hardware.count == 6 && link.address.count == 4)
            #expect((0...32).contains(link.prefixLength))
        }
    }
}
