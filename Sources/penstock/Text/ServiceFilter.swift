internal import ArgumentParser
package import IPVS
internal import Net

/// Services as somebody at a terminal names them: an address, with a port and a protocol or
/// without, or a mark.
package struct ServiceFilter: Equatable, Sendable, ExpressibleByArgument, CustomStringConvertible {
    private enum Kind: Equatable {
        case address(IPAddress, Net.Port?, TransportProtocol?)
        case mark(UInt32)
    }

    private static let markPrefix = "mark:"

    private let kind: Kind
    package let description: String

    /// Reads `203.0.113.10`, `203.0.113.10:80`, `[2001:db8::1]:53/udp`, `mark:7`; `nil` for
    /// anything else.
    package init?(argument: String) {
        description = argument
        if argument.hasPrefix(Self.markPrefix) {
            guard let mark = UInt32(argument.dropFirst(Self.markPrefix.count)) else { return nil }
            kind = .mark(mark)
            return
        }
        let parts = argument.split(
            separator: "/",
            maxSplits: 1,
            omittingEmptySubsequences: false
        )
        var transport: TransportProtocol?
        if parts.count == 2 {
            guard let named = TransportProtocol(name: parts[1]) else { return nil }
            transport = named
        }
        let host = String(parts[0])
        do {
            let endpoint = try Endpoint(parsing: host)
            kind = .address(endpoint.address, endpoint.port, transport)
        } catch {
            // Without a port, or with port 0, which the other reading does not take.
            let bare = host.hasSuffix(":0") ? String(host.dropLast(2)) : host
            let inner = bare.hasPrefix("[") ? String(bare.dropFirst().dropLast()) : bare
            guard let address = IPAddress(inner) else { return nil }
            kind = .address(address, bare == host ? nil : 0, transport)
        }
    }

    /// Whether a service is one of these.
    package func takes(_ service: ServiceIdentity) -> Bool {
        switch (kind, service) {
        case (.mark(let mark), .mark(let its, _)): mark == its
        case (
            .address(let address, let port, let transport),
            .address(let itsAddress, let itsTransport, let itsPort)
        ):
            address == itsAddress && (port ?? itsPort) == itsPort
                && (transport ?? itsTransport) == itsTransport
        case (.mark, .address), (.address, .mark): false
        }
    }
}
