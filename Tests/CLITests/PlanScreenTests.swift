import API
import Testing
import penstock

struct PlanScreenTests {
    @Test func showsEveryStepAndCountsThem() {
        let report = PlanReport(
            source: "penstock.yaml",
            steps: [
                .init(
                    action: .change,
                    kind: "backend",
                    subject: "10.20.0.12:443",
                    text: "weight 2 → 1"
                ),
                .init(
                    action: .add,
                    kind: "backend",
                    subject: "10.20.0.15:443",
                    text: "of web/https"
                ),
                .init(action: .remove, kind: "service", subject: "203.0.113.99:80/tcp"),
            ],
            vipsChangingState: [],
            notes: ["mh table: about 9% of flows move"]
        )
        #expect(
            plain(PlanScreen(report).lines) == [
                "  ~ backend  10.20.0.12:443       weight 2 → 1",
                "  + backend  10.20.0.15:443       of web/https",
                "  - service  203.0.113.99:80/tcp",
                "  ! mh table: about 9% of flows move",
                "Plan: 1 to add, 1 to change, 1 to remove. No VIP changes state.",
            ]
        )
    }

    @Test func namesTheVIPsThatChangeState() {
        let report = PlanReport(
            source: "penstock.yaml",
            steps: [.init(action: .remove, kind: "bgp", subject: "network 203.0.113.10")],
            vipsChangingState: ["web", "dns"]
        )
        #expect(
            plain(PlanScreen(report).lines).last
                == "Plan: 0 to add, 0 to change, 1 to remove. Changing state: web, dns."
        )
    }

    @Test func saysThatThereIsNothingToDo() {
        let report = PlanReport(source: "penstock.yaml", steps: [])
        #expect(plain(PlanScreen(report).lines) == ["Plan: nothing to do."])
    }
}
