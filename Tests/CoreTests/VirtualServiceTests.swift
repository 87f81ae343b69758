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
}
