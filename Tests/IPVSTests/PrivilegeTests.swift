import IPVS
import Testing

/// Why something is not permitted, told from two texts of /proc.
@Suite struct PrivilegeTests {
    private static let host = "         0          0 4294967295\n"
    private static let container = "         0     100000      65536\n"

    private func status(_ capabilities: String) -> String {
        "Name:\tpenstock\nCapInh:\t0000000000000000\nCapPrm:\t0000000000001000\n"
            + "CapEff:\t\(capabilities)\nCapBnd:\t000001ffffffffff\n"
    }

    @Test func verdicts() {
        let table: [(String, String, Privilege)] = [
            (Self.host, "0000000000001000", .complete),
            (Self.host, "000001ffffffffff", .complete),
            (Self.host, "0000000000000000", .lacking),
            (Self.host, "000001ffffffefff", .lacking),
            (Self.container, "000001ffffffffff", .namespaced(uidMap: "0 100000 65536")),
            (Self.container, "0000000000000000", .lacking),
            ("0 0 1\n", "0000000000001000", .namespaced(uidMap: "0 0 1")),
            (
                "0 1000 1\n1 100000 65536\n", "0000000000001000",
                .namespaced(uidMap: "0 1000 1 1 100000 65536")
            ),
            ("", "0000000000001000", .complete),
            (Self.host, "nonsense", .unknown),
        ]
        for (uidMap, capabilities, verdict) in table {
            #expect(Privilege(uidMap: uidMap, status: status(capabilities)) == verdict)
        }
        #expect(Privilege(uidMap: Self.host, status: "") == .unknown)
    }

    @Test func thisProcessCanBeSeen() {
        #expect(Privilege.current() != .unknown)
    }
}
