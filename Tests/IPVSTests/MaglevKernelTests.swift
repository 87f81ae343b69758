import IPVS
import Net
import TestSupport
import Testing

/// The model against what a real kernel did, flow by flow.
@Suite struct MaglevKernelTests {
    @Test("Every captured flow is predicted", arguments: CapturedTable.all)
    func flows(_ captured: CapturedTable) throws {
        let table = try captured.table
        let predicted = try captured.clients.map { client in
            let answer =
                captured.isInverse
                ? table.answer(toErrorAbout: try Endpoint(parsing: "10.99.0.1:8080"), to: client)
                : table.answer(for: client.address, port: client.port)
            guard let answer else { return "-" }
            return String(try #require(table.place(of: answer)), radix: 36)
        }
        #expect(predicted.joined() == captured.answers)
    }
}

extension MaglevTable {
    fileprivate func place(of endpoint: Endpoint) -> Int? {
        members.firstIndex { $0.endpoint == endpoint }
    }
}

extension CapturedTable {
    var table: MaglevTable {
        get throws {
            var flags = ServiceFlags()
            for name in self.flags {
                flags.insert(try #require(ServiceFlags(name: name, scheduler: .maglev)))
            }
            let members = try self.members.split(separator: " ").map(Self.member)
            return try #require(MaglevTable(family: family, members: members, flags: flags))
        }
    }

    /// The clients as they were made up where the flows came from.
    var clients: [Endpoint] {
        var random = SeededGenerator(seed: seed)
        return answers.map { _ in
            let (first, second) = (random.next(), random.next())
            let port = UInt16(truncatingIfNeeded: random.next() >> 16)
            return Endpoint(address(first, second), Port(max(1, port)))
        }
    }

    private func address(_ first: UInt64, _ second: UInt64) -> IPAddress {
        switch family {
        case .v4 where hasFewClients: IPAddress(v4: 0xc633_6401 + UInt32(first % 8))
        case .v4: IPAddress(v4: 0x0b00_0000 | UInt32(first & 0xff_ffff))
        case .v6:
            IPAddress(v6: 0x2001_0db8 << 96 | UInt128(first >> 32) << 64 | UInt128(second))
        }
    }

    private static func member(_ text: Substring) throws -> MaglevTable.Member {
        let isOverloaded = text.hasSuffix("!")
        let halves = text.split { "=!".contains($0) }
        let weights = try halves[1].split(separator: "/").map { try #require(Int($0)) }
        return MaglevTable.Member(
            try Endpoint(parsing: String(halves[0])),
            weight: weights[0],
            lastWeight: weights.last,
            isOverloaded: isOverloaded
        )
    }
}
