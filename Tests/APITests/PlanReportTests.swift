import API
import Core
import Net
import TestSupport
import Testing

struct PlanReportTests {
    private static let address = IPAddress("203.0.113.10")
    private typealias Action = PlanReport.Step.Action

    @Test func readsEveryChangeAsAStep() throws {
        let address = try #require(Self.address)
        let key = ServiceKey(address, ServiceID(.tcp, 80))
        let steps: [(Change, Action, String, String)] = [
            (.bind(address), .add, "address", "203.0.113.10"),
            (.unbind(address), .remove, "address", "203.0.113.10"),
            (.masquerade(key), .add, "snat", "203.0.113.10:80/tcp"),
            (.unmasquerade(key), .remove, "snat", "203.0.113.10:80/tcp"),
            (.announce(address), .add, "bgp", "network 203.0.113.10/32"),
            (.withdraw(address), .remove, "bgp", "network 203.0.113.10/32"),
        ]
        for (change, action, kind, subject) in steps {
            let expected = PlanReport.Step(action: action, kind: kind, subject: subject)
            #expect(PlanReport.Step(change) == expected)
        }
        let setting = PlanReport.Step(.set("net.ipv4.vs.sloppy_tcp", to: 1))
        #expect(setting.subject == "net.ipv4.vs.sloppy_tcp" && setting.text == "→ 1")
    }

    @Test func countsByAction() {
        let report = PlanReport(
            source: "x",
            steps: [
                .init(action: .add, kind: "bgp", subject: "a"),
                .init(action: .add, kind: "bgp", subject: "b"),
                .init(action: .remove, kind: "bgp", subject: "c"),
            ]
        )
        #expect(Action.allCases.map(report.count) == [2, 0, 1])
        #expect(!report.isEmpty)
    }
}
