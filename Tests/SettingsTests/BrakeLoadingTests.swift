import Core
import Net
import Settings
import Testing

/// `brake` and `canaries`, read and refused.
@Suite struct BrakeLoadingTests {
    private func load(_ text: String) throws -> Intent {
        try Sample.load(Sample.replacing("version: 1\n", with: "version: 1\n\(text)\n")).intent
    }

    @Test func withoutEitherThereIsNone() throws {
        let intent = try load("node: { name: a }")
        #expect(intent.brake == nil && intent.canaries.isEmpty)
    }

    @Test func canariesAreEnough() throws {
        let intent = try load(
            "canaries: [{ name: gateway, address: 10.9.0.1, check: { type: icmp } }]"
        )
        #expect(intent.brake == BrakePolicy())
        let canary = try #require(intent.canaries.first)
        #expect(canary.name.text == "gateway")
        #expect(canary.target.endpoint == Endpoint(try IPAddress(parsing: "10.9.0.1"), 0))
        #expect(canary.target.check.method == .icmp(size: 56))
    }

    @Test func everythingOfItIsRead() throws {
        let intent = try load(
            "brake: { policy: soften, share: 80%, targets: 7, within: 3s, at-most: 2m }"
        )
        #expect(
            intent.brake
                == BrakePolicy(
                    action: .soften,
                    share: 80,
                    targets: 7,
                    within: .seconds(3),
                    atMost: .seconds(120)
                )
        )
    }

    @Test(
        arguments: [
            (
                "brake: { policy: hope }",
                "p.yaml:2:18: error[C112]: `brake.policy` cannot be `hope`"
            ),
            (
                "brake: { share: 0% }",
                "p.yaml:2:17: error[C115]: `brake.share` must be 1% to 100%, not `0%`"
            ),
            (
                "brake: { targets: 1 }",
                "p.yaml:2:19: error[C115]: `brake.targets` must be 2 to 200000, not `1`"
            ),
            (
                "brake: { at-most: 2h }",
                "p.yaml:2:19: error[C114]: `brake.at-most` must be 1s to 1h, not `2h`"
            ),
            (
                "canaries: [{ name: a, address: 203.0.113.10, check: { type: icmp } }]",
                "p.yaml:2:32: error[C240]: the canary 203.0.113.10 is the VIP at p.yaml:14:14"
            ),
            (
                "canaries: [{ name: a, address: 10.20.0.11, check: { type: icmp } }]",
                "p.yaml:2:32: error[C240]: the canary 10.20.0.11 is the backend at p.yaml:11:16"
            ),
            (
                "canaries: [{ name: a, address: 10.9.0.1, check: { type: tcp } }]",
                "p.yaml:2:49: error[C108]: the check of a canary has no `port`, and there is no "
                    + "service to take it from"
            ),
            (
                "canaries: [{ name: a, address: 10.9.0.1, check: { type: icmp, mode: observe } }]",
                "p.yaml:2:49: error[C118]: a canary whose check is only observed says nothing"
            ),
            (
                "canaries: [{ name: a, address: 10.9.0.1, check: { type: agent, port: 9 } }]",
                "p.yaml:2:49: error[C118]: an agent speaks for one server, and is no canary"
            ),
            (
                "canaries: [{ name: a, address: 127.0.0.1, check: { type: icmp } }]",
                "p.yaml:2:32: error[C209]: a canary cannot be 127.0.0.1, a loopback address"
            ),
            (
                "canaries: [{ name: a, check: { type: icmp } }]",
                "p.yaml:2:12: error[C108]: a canary has no `address`"
            ),
        ]
    )
    func slipsAreRefused(text: String, expected: String) throws {
        let slip = Slip("", "version: 1\n", becomes: "version: 1\n\(text)\n", report: "")
        let report = try slip.rejection().description
        #expect(report.split(separator: "\n").first.map(String.init) == expected)
    }
}
