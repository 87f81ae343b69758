import Settings
import Testing

/// Files that are taken although something in them is probably not meant.
@Suite struct WarningTests {
    @Test(arguments: slips)
    func isTakenWithAWarning(slip: Slip) throws {
        let loaded = try Sample.load(slip.text)
        #expect(loaded.warningText == slip.report)
        #expect(loaded.warnings.allSatisfy { $0.severity == .warning })
    }

    static let slips: [Slip] = [
        Slip(
            "a pool and a check without use",
            "pools:\n",
            becomes: "  spare: { type: http }\npools:\n  old: { backends: [10.20.9.1] }\n",
            report: """
                p.yaml:7:3: warning[C219]: nothing uses the check `spare`
                    7 |   spare: { type: http }
                      |   ^~~~~
                p.yaml:9:3: warning[C219]: no service uses the pool `old`
                    9 |   old: { backends: [10.20.9.1] }
                      |   ^~~

                """
        ),
        Slip(
            "a service that nothing looks at",
            "pool: web }",
            becomes: "pool: web, checks: [] }",
            report: """
                p.yaml:15:9: warning[C223]: no check looks at the backends of this service; they \
                count as up
                   15 |       - { name: https, listen: 443/tcp, pool: web, checks: [] }
                      |         ^
                      = help: add `checks` to the service or to its pool

                """
        ),
        Slip(
            "a quorum that drained servers withhold",
            text: Sample.replacing(
                "10.20.0.12]",
                with: "{ address: 10.20.0.12, state: drain }]"
            ).replacing("pool: web }", with: "pool: web, quorum: { up: 2 } }"),
            report: """
                p.yaml:15:66: warning[C224]: quorum.up (2) is not met by the backends in state \
                `ready`, which weigh 1: the service stays down
                   15 |       - { name: https, listen: 443/tcp, pool: web, quorum: { up: 2 } }
                      |                                                                  ^

                """
        ),
    ]
}
