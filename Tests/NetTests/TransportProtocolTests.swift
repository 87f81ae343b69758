import Net
import Testing

/// Names of the transport protocols.
@Suite struct TransportProtocolTests {
    @Test func namesReadBack() {
        for transport in TransportProtocol.allCases {
            #expect(TransportProtocol(name: transport.description) == transport)
        }
        #expect(TransportProtocol(name: "TCP") == nil)
    }
}
