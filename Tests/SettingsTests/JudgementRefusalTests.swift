import Settings
import Testing

/// How servers and services are judged, where that cannot be meant: the place and the words.
@Suite struct JudgementRefusalTests {
    private static let service = "{ name: https, listen: 443/tcp, pool: web }"

    @Test(
        arguments: [
            (
                "{ name: https, listen: 443/tcp, pool: web, quorum: { up: 2 servers, down: 1 } }",
                "p.yaml:15:83: error[C203]: quorum.down (1) and quorum.up (2 servers) count "
                    + "different things"
            ),
            (
                "{ name: https, listen: 443/tcp, pool: web, quorum: { up: 9 servers } }",
                "p.yaml:15:66: error[C202]: quorum.up (9 servers) can never be met: all backends "
                    + "together are 2"
            ),
            (
                "{ name: https, listen: 443/tcp, pool: web, min-healthy: 9 servers }",
                "p.yaml:15:65: error[C202]: min-healthy (9 servers) can never be met: all "
                    + "backends together are 2"
            ),
            (
                "{ name: https, listen: 443/tcp, pool: web, min-healthy: some }",
                "p.yaml:15:65: error[C115]: `min-healthy` cannot be `some`"
            ),
            (
                "{ name: https, listen: 443/tcp, pool: web, checks: [{ type: tcp, mode: watch }] }",
                "p.yaml:15:80: error[C112]: `mode` cannot be `watch`"
            ),
            (
                "{ name: https, listen: 443/tcp, pool: web, damping: sometimes }",
                "p.yaml:15:61: error[C112]: `damping` cannot be `sometimes`"
            ),
            (
                "{ name: https, listen: 443/tcp, pool: web, outliers: sometimes }",
                "p.yaml:15:62: error[C112]: `outliers` cannot be `sometimes`"
            ),
            (
                "{ name: https, listen: 443/tcp, pool: web, outliers: { at-most: 51% } }",
                "p.yaml:15:73: error[C115]: `outliers.at-most` must be 1% to 50%, not `51%`"
            ),
            (
                "{ name: https, listen: 443/tcp, pool: web, outliers: { times: 1 } }",
                "p.yaml:15:71: error[C115]: `outliers.times` must be 2 to 100, not `1`"
            ),
            (
                "{ name: https, listen: 443/tcp, pool: web, damping: { reuse: 9000 } }",
                "p.yaml:15:70: error[C233]: `reuse` (9000) must be below `suppress` (2500), or what "
                    + "is held back would return at once"
            ),
        ]
    )
    func servicesAreRefused(becomes: String, expected: String) throws {
        let slip = Slip("", Self.service, becomes: becomes, report: "")
        #expect(try firstLine(slip) == expected)
    }

    @Test(
        arguments: [
            (
                "[http]",
                "p.yaml:14:25: error[C218]: there is no service `http`; did you mean `https`?"
            ),
            ("[https, https]", "p.yaml:14:32: error[C201]: `when` names the service `https` twice"),
            ("[]", "p.yaml:14:24: error[C108]: `when` names no service, so nothing would decide"),
            (
                "{ all: [https] }",
                "p.yaml:14:24: error[C107]: `when` is a word, a list of services, or `any` with "
                    + "one, not another map"
            ),
        ]
    )
    func conditionsAreRefused(when: String, expected: String) throws {
        let slip = Slip(
            "",
            "    services:",
            becomes: "    advertise: { when: \(when) }\n    services:",
            report: ""
        )
        #expect(try firstLine(slip) == expected)
    }

    @Test func aServiceThatDecidesCannotSayThatItDoesNot() throws {
        let slip = Slip(
            "",
            "    services:",
            becomes: """
                    advertise: { when: [quic] }
                    services:
                      - { name: quic, listen: 443/udp, pool: web, gate: false }
                """,
            report: ""
        )
        #expect(
            try firstLine(slip)
                == "p.yaml:14:25: error[C118]: `when` names the service `quic`, which says "
                + "`gate: false`"
        )
    }

    private func firstLine(_ slip: Slip) throws -> String {
        try slip.rejection().description.split(separator: "\n").first.map(String.init) ?? ""
    }
}
