package import Net

/// A line of `/proc/net/ip_vs_conn`: one connection, or one template of persistence.
package struct ConnectionEntry: Hashable, Sendable {
    /// The protocol in the kernel's letters, such as `TCP`; `IP` for a template by mark.
    package var transport: String
    /// The client.
    package var client: Endpoint
    /// What it wanted to reach; the address is a mark's number for a template by mark.
    package var virtual: Endpoint
    /// The real server it was given, whose family may be another.
    package var destination: Endpoint
    /// The state in the kernel's letters, such as `ESTABLISHED`.
    package var state: String
    /// Seconds until it is forgotten.
    package var expires: UInt64
    /// The persistence engine and what it found in the payload, if there is one.
    package var engine: String?

    /// Reads one line; `nil` for the title, and for a line that is none of these.
    ///
    /// Addresses are eight hexadecimal digits, or IPv6 addresses without brackets, and ports four
    /// hexadecimal digits (`ip_vs_conn_seq_show`).
    package init?(_ line: some StringProtocol) {
        let words = line.split(separator: " ", omittingEmptySubsequences: true)
        guard words.count >= 9,
            let client = Self.endpoint(words[1], words[2]),
            let virtual = Self.endpoint(words[3], words[4]),
            let destination = Self.endpoint(words[5], words[6]),
            let expires = UInt64(words[8])
        else { return nil }
        transport = String(words[0])
        self.client = client
        self.virtual = virtual
        self.destination = destination
        state = String(words[7])
        self.expires = expires
        engine = words.count > 9 ? words[9...].joined(separator: " ") : nil
    }

    private static func endpoint(
        _ host: some StringProtocol,
        _ port: some StringProtocol
    ) -> Endpoint? {
        guard let number = UInt16(port, radix: 16) else { return nil }
        if host.utf8.count == 8, let bits = UInt32(host, radix: 16) {
            return Endpoint(IPAddress(v4: bits), Port(number))
        }
        return IPAddress(String(host)).map { Endpoint($0, Port(number)) }
    }
}
