import Netlink
import Testing

/// Connections and the waiting for them; what is sent over them is tried by the probes' tests.
@Suite struct StreamSocketTests {
    /// `ECONNREFUSED`.
    private static let refused = Errno(111)

    /// Nobody listens at the first port, and who asks is told so: at once, or when it is known.
    @Test(arguments: [[127, 0, 0, 1], [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]])
    func saysThatNobodyListens(address: [UInt8]) throws {
        let poller = try Poller()
        let socket = try StreamSocket(addressBytes: address.count)
        do {
            if case .underWay = try socket.connect(to: address, port: 1) {
                try poller.watch(socket, for: .writing, key: 7)
                let ready = poller.wait(.seconds(60))
                #expect(ready == [7])
                try socket.finishConnecting()
            }
            Issue.record("somebody listens at port 1")
        } catch {
            #expect(error == Self.refused)
        }
    }

    @Test func theBellEndsOneWait() throws {
        let poller = try Poller()
        poller.ring()
        poller.ring()
        let woken = poller.wait(nil)
        #expect(woken.isEmpty)
        // It was silenced: only the time ends this one.
        let late = poller.wait(.milliseconds(1))
        #expect(late.isEmpty)
    }

    @Test func aSourceThatIsNotOursIsRefused() throws {
        let socket = try StreamSocket(addressBytes: 4)
        do {
            try socket.bind(to: [192, 0, 2, 1])
            Issue.record("bound to an address that is not ours")
        } catch {
            #expect(error == .addressNotAvailable)
        }
    }
}
