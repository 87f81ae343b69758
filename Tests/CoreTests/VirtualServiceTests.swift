import Core
import Net
import Testing

@testable import Core

/// What the verdicts of several checks come to.
@Suite struct VirtualServiceTests {
    private static let backend = Backend(.numbered(1))

    private static func health(_ verdicts: [Bool?], _ passing: Passing) throws -> Bool? {
        let checks = verdicts.indices.map { index in
            NamedCheck(name: "c\(index)", Check(method: .tcp, port: Port(UInt16(index + 1))))
        }
        let service = VirtualService(
            name: try Name(parsing: "web"),
            id: ServiceID(.tcp, 80),
            checks: checks,
            passing: passing,
            backends: [backend]
        )
        return service.health(of: backend) { verdicts[Int($0.endpoint.port.number) - 1] }
    }

    @Test(
        arguments: [
            ([], true, true), ([true], true, true), ([false], false, false), ([nil], nil, nil),
            ([true, true], true, true), ([true, false], false, true),
            ([false, false], false, false),
            ([true, nil], nil, true), ([nil, false], false, nil),
            ([false, nil, true], false, true),
        ] as [([Bool?], Bool?, Bool?)]
    )
    func verdictsArePutTogether(verdicts: [Bool?], all: Bool?, any: Bool?) throws {
        #expect(try Self.health(verdicts, .all) == all)
        #expect(try Self.health(verdicts, .any) == any)
    }

    /// Found by halving, and the same as by looking at each of them.
    @Test(arguments: 0..<9) func serversAtAnAddress(count: Int) throws {
        let hosts: [UInt32] = [1, 3, 3, 3, 4, 7, 7, 9]
        let backends = hosts.prefix(count).enumerated().map { index, host in
            Backend(Endpoint(IPAddress(v4: host), Port(UInt16(80 + index))))
        }
        let service = VirtualService(
            name: try Name(parsing: "web"),
            id: ServiceID(.tcp, 80),
            checks: [],
            backends: backends.reversed()
        )
        for host in UInt32(0)...10 {
            let address = IPAddress(v4: host)
            let found = service.backends.filter { $0.endpoint.address == address }
            #expect(Array(service.backends(at: address)) == found, "\(address) of \(count)")
        }
    }
}
