import Netlink
import Testing

/// The address that packets would come from, as the kernel of this machine says.
@Suite struct SourceAddressTests {
    @Test func towardTheLoopback() throws {
        #expect(try SourceAddress.chosen(toward: [127, 0, 0, 1]) == [127, 0, 0, 1])
        #expect(try SourceAddress.chosen(toward: [127, 9, 8, 7]) == [127, 0, 0, 1])
    }

    /// A socket that did not say so may not send to everybody (socket(7), SO_BROADCAST).
    @Test func towardNobodyInParticular() {
        #expect(throws: (any Error).self) {
            try SourceAddress.chosen(toward: [255, 255, 255, 255])
        }
    }
}
