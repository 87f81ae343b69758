package import Net

/// What a name server is asked, and which answers pass.
package struct DNSExpectation: Hashable, Sendable {
    /// The types of records that can be asked for, with their numbers (RFC 1035 §3.2.2, RFC 3596).
    package enum RecordType: UInt16, Hashable, Sendable, CaseIterable {
        case a = 1
        case ns = 2
        case cname = 5
        case soa = 6
        case txt = 16
        case aaaa = 28

        /// The word of zone files: `AAAA`.
        package var word: String {
            switch self {
            case .a: "A"
            case .ns: "NS"
            case .cname: "CNAME"
            case .soa: "SOA"
            case .txt: "TXT"
            case .aaaa: "AAAA"
            }
        }
    }

    /// The name that is asked about: labels of 1...63 bytes with dots between them, without the
    /// last dot; empty for the root.
    package var name: String
    /// The type of the records asked for.
    package var type: RecordType
    /// UDP, which goes on over TCP where the answer is truncated, or TCP from the start.
    package var transport: TransportProtocol
    /// Records that must be among the answers; without any, one of the type is enough.
    ///
    /// Each is an address, a name in lower case without its last dot, the text of a TXT record, or
    /// the serial of an SOA record.
    package var expected: [String]

    /// A question about `name`, and what its answer must hold.
    package init(
        name: String,
        type: RecordType,
        transport: TransportProtocol = .udp,
        expected: [String] = []
    ) {
        self.name = name
        self.type = type
        self.transport = transport
        self.expected = expected
    }
}
