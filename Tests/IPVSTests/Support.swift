import IPVS
import Net
import Netlink
import TestSupport
import Testing

/// The bytes of a hex text in which everything from `;` to the end of a line is a comment.
func bytes(_ text: String) throws -> [UInt8] {
    let digits = text.split(separator: "\n")
        .flatMap { $0.prefix { $0 != ";" }.filter { !$0.isWhitespace } }
    #expect(digits.count.isMultiple(of: 2))
    return try stride(from: 0, to: digits.count, by: 2).map { index in
        try #require(UInt8(String(digits[index...].prefix(2)), radix: 16))
    }
}

/// The message with the bytes of a hex text.
func message(_ text: String, flags: UInt16 = 0) throws -> Message {
    Message(type: 32, flags: flags, payload: try bytes(text))
}

func address(_ text: String) throws -> IPAddress { try IPAddress(parsing: text) }

func endpoint(_ text: String, _ port: Port) throws -> Endpoint {
    Endpoint(try address(text), port)
}

func tcp(_ text: String, _ port: Port) throws -> ServiceIdentity {
    .address(try address(text), .tcp, port)
}

/// Values of every shape the kernel can show, whether or not they are sent from here.
extension SeededGenerator {
    mutating func bits<Number: FixedWidthInteger>(_ type: Number.Type = Number.self) -> Number {
        Number(truncatingIfNeeded: next())
    }

    mutating func chance(_ one: Int) -> Bool { Int.random(in: 0..<one, using: &self) == 0 }

    mutating func family() -> AddressFamily { chance(2) ? .v4 : .v6 }

    mutating func address(_ family: AddressFamily) -> IPAddress {
        switch family {
        case .v4: IPAddress(v4: bits())
        case .v6: IPAddress(v6: UInt128(bits(UInt64.self)) << 64 | UInt128(bits(UInt64.self)))
        }
    }

    mutating func identity() -> ServiceIdentity {
        let family = family()
        if chance(4) { return .mark(max(1, bits()), family) }
        let transports = TransportProtocol.allCases
        let transport = transports[Int.random(in: 0..<transports.count, using: &self)]
        return .address(address(family), transport, Port(bits()))
    }

    mutating func name() -> String {
        String(
            (0..<Int.random(in: 1...15, using: &self)).map { _ in
                Character(Unicode.Scalar(UInt8.random(in: 0x21...0x7e, using: &self)))
            }
        )
    }

    mutating func service() throws -> Service {
        let identity = identity()
        let lengths = (identity.family == .v4 ? 0 : 1)...identity.family.bitWidth
        return Service(
            identity,
            scheduler: try Scheduler(parsing: name()),
            flags: ServiceFlags(rawValue: bits()),
            persistence: chance(2)
                ? Persistence(
                    timeout: bits(),
                    granularity: Int.random(in: lengths, using: &self)
                ) : nil,
            engine: chance(4) ? name() : nil
        )
    }

    mutating func destination() -> Destination {
        let kinds: [Tunnel.Kind] = [.ipip, .gue, .gre, .unknown(77)]
        let ways: [Forwarding] = [
            .masquerade, .local, .directRouting, .bypass, .unknown(7),
            .tunnel(
                Tunnel(
                    kinds[Int.random(in: 0..<kinds.count, using: &self)],
                    port: Port(bits()),
                    flags: Tunnel.Flags(rawValue: bits())
                )
            ),
        ]
        return Destination(
            Endpoint(address(family()), Port(bits())),
            forwarding: ways[Int.random(in: 0..<ways.count, using: &self)],
            weight: Int(bits(Int32.self)),
            upperThreshold: bits(),
            lowerThreshold: bits()
        )
    }

    mutating func traffic() -> Traffic {
        Traffic(
            connections: next(),
            inPackets: next(),
            outPackets: next(),
            inBytes: next(),
            outBytes: next()
        )
    }

    mutating func statistics() -> Statistics { Statistics(total: traffic(), rate: traffic()) }

    mutating func daemon() -> SyncDaemon {
        SyncDaemon(
            chance(2) ? .master : .backup,
            interface: name(),
            identifier: bits(),
            maximumLength: chance(2) ? bits() : nil,
            group: chance(2) ? address(family()) : nil,
            port: chance(2) ? Port(bits()) : nil,
            timeToLive: chance(2) ? bits() : nil
        )
    }

    mutating func operation() throws -> IPVS.Operation {
        switch Int.random(in: 0..<11, using: &self) {
        case 0: .newService(try service())
        case 1: .updateService(try service())
        case 2: .deleteService(identity())
        case 3: .newDestination(destination(), of: identity())
        case 4: .updateDestination(destination(), of: identity())
        case 5: .deleteDestination(destination().endpoint, of: identity())
        case 6: .zero(chance(2) ? nil : identity())
        case 7: .setTimeouts(Timeouts(tcp: bits(), tcpFin: bits(), udp: bits()))
        case 8: .startDaemon(daemon())
        case 9: .stopDaemon(chance(2) ? .master : .backup)
        default: .flush
        }
    }
}
