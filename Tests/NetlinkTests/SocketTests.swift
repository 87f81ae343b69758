import CNetlink
import Testing

@testable import Netlink

/// The socket on this machine's own kernel, below the exchange.
@Suite struct SocketTests {
    private func receive(
        _ socket: inout NetlinkSocket
    ) throws(NetlinkError) -> [Frame]? {
        try socket.receive(before: .now + NetlinkLimits.answer)
    }

    @Test func saysThatRepliesWereLostAndGoesOn() throws {
        var socket = try NetlinkSocket(.route)
        let loopback = Message(
            type: UInt16(RTM_GETLINK),
            flags: UInt16(NLM_F_REQUEST),
            payload: [0, 0, 0, 0] + AttributeWriter.hostOrder(Int32(1))
                + [UInt8](repeating: 0, count: 8)
        )
        // Each answer takes more than a kilobyte: together more than any receive buffer here.
        try socket.send((1...UInt32(8000)).flatMap { Frame(message: loopback, sequence: $0).bytes })
        var wasOverrun = false
        do throws(NetlinkError) {
            for _ in 0..<8000 {
                guard try socket.receiveWaiting() != nil else { break }
            }
        } catch {
            wasOverrun = error == .overrun
        }
        #expect(wasOverrun)

        // It is said once; what did arrive can be read, and a new request is answered.
        for _ in 0..<8000 {
            guard try socket.receiveWaiting() != nil else { break }
        }
        try socket.send(Frame(message: loopback, sequence: 9000).bytes)
        #expect(try receive(&socket)?.map(\.sequence) == [9000])
    }

    @Test func speaksToWhatItsProtocolNames() {
        // netlink(7)
        #expect(NetlinkProtocol.route.number == 0 && NetlinkProtocol.generic.number == 16)
        #expect("\(NetlinkProtocol.route)" == "rtnetlink")
        #expect("\(NetlinkProtocol.generic)" == "generic netlink")
    }

    @Test func givesUpAtItsDeadline() throws {
        var socket = try NetlinkSocket(.route)
        #expect(try socket.receive(before: .now) == nil)
        #expect(try socket.receive(before: .now + .milliseconds(1)) == nil)
    }

    @Test func allowsNoMoreThanItsBuffersHold() throws {
        let socket = try NetlinkSocket(.generic)
        #expect((1...NetlinkLimits.batchMessages).contains(socket.sendMessages))
        #expect((1024...NetlinkLimits.batchBytes).contains(socket.sendBytes))
        let nothing = Frame(message: Message(type: UInt16(NLMSG_NOOP), payload: []), sequence: 1)
        let count = socket.sendBytes / nothing.bytes.count
        try socket.send((0..<count).flatMap { _ in nothing.bytes })
    }
}
