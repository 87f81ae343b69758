import Glibc
import Netlink
import Testing

/// Raw sockets for echoes: to be had with a right, and refused in the kernel's words without.
@Suite struct EchoSocketTests {
    @Test(arguments: [[UInt8]([127, 0, 0, 1]), [UInt8](repeating: 0, count: 15) + [1]])
    func isConnectedOrRefused(address: [UInt8]) throws {
        do throws(Errno) {
            var socket = try EchoSocket(addressBytes: address.count)
            try socket.bind(to: address)
            try socket.connect(to: address)
            let descriptor = socket.release()
            #expect(descriptor >= 0)
            // Released once, it is nobody's here any more.
            #expect(socket.release() < 0)
            #expect(close(descriptor) == 0)
        } catch {
            #expect([Errno.notPermitted, .accessDenied].contains(error), "\(error)")
        }
    }
}
