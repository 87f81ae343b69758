import Settings
import Testing

/// Texts that are not one YAML document, and the exact words they are refused with.
@Suite struct YAMLSourceRefusalTests {
    @Test(arguments: slips)
    func isRefused(slip: Slip) throws {
        #expect(try slip.rejection().description == slip.report)
    }

    static let slips: [Slip] = [
        Slip(
            "nothing at all",
            text: "",
            report: """
                p.yaml:1:1: error[C101]: the file is empty, which is never taken to mean: no VIPs
                      = help: the smallest file has `version`, `bgp` and `vips`

                """
        ),
        Slip(
            "only a comment",
            text: """
                # soon

                """,
            report: """
                p.yaml:1:1: error[C101]: the file is empty, which is never taken to mean: no VIPs
                      = help: the smallest file has `version`, `bgp` and `vips`

                """
        ),
        Slip(
            "a tab",
            "  asn: 65001",
            becomes: "\tasn: 65001",
            report: """
                p.yaml:3:1: error[C104]: not YAML: found character that cannot start any token \
                while scanning for the next token
                    3 |  asn: 65001
                      | ^
                      = help: indent with spaces; YAML allows no tabs

                """
        ),
        Slip(
            "an open bracket",
            "[alive]",
            becomes: "[alive",
            report: """
                p.yaml:10:13: error[C104]: not YAML: did not find expected ',' or ']' while \
                parsing a flow sequence, which begins at p.yaml:9:13
                   10 |     backends: [10.20.0.11, 10.20.0.12]
                      |             ^

                """
        ),
        Slip(
            "a lost quote",
            "name: web",
            becomes: "name: \"web",
            report: """
                p.yaml:15:52: error[C104]: not YAML: found unexpected end of stream while \
                scanning a quoted scalar, which begins at p.yaml:12:11
                   15 |       - { name: https, listen: 443/tcp, pool: web }
                      |                                                    ^

                """
        ),
        Slip(
            "a control character",
            "name: web",
            becomes: "name: w\u{1b}[2Jeb",
            report: """
                p.yaml:12:12: error[C103]: the character U+001B is not allowed
                   12 |   - name: w\u{fffd}[2Jeb
                      |            ^
                      = help: the file is plain text in UTF-8, without control characters

                """
        ),
        Slip(
            "two documents",
            """
            bgp:

            """,
            becomes: """
                ---
                bgp:

                """,
            report: """
                p.yaml:2:1: error[C105]: a second document begins here
                    2 | ---
                      | ^
                      = help: the file is one document; remove the line ---

                """
        ),
        Slip(
            "a second document",
            """
                  - { name: https, listen: 443/tcp, pool: web }

            """,
            becomes: """
                      - { name: https, listen: 443/tcp, pool: web }
                ---
                version: 1

                """,
            report: """
                p.yaml:16:1: error[C105]: a second document begins here
                   16 | ---
                      | ^
                      = help: the file is one document; remove the line ---

                """
        ),
        Slip(
            "a list where a map belongs",
            text: """
                - version: 1

                """,
            report: """
                p.yaml:1:1: error[C107]: the configuration is a map of keys, not a list
                    1 | - version: 1
                      | ^

                """
        ),
        Slip(
            "a key twice",
            "  asn: 65001",
            becomes: """
                  asn: 65001
                  asn: 65002
                """,
            report: """
                p.yaml:4:3: error[C106]: the key `asn` is already there at p.yaml:3:3
                    4 |   asn: 65002
                      |   ^~~

                """
        ),
        Slip(
            "three keys twice, one of them quoted",
            """
            version: 1

            """,
            becomes: """
                version: 1
                "version": 1
                version: 2
                node: { name: a, name: b }

                """,
            report: """
                p.yaml:2:1: error[C106]: the key `version` is already there at p.yaml:1:1
                    2 | "version": 1
                      | ^~~~~~~~~
                p.yaml:3:1: error[C106]: the key `version` is already there at p.yaml:1:1
                    3 | version: 2
                      | ^~~~~~~
                p.yaml:4:18: error[C106]: the key `name` is already there at p.yaml:4:9
                    4 | node: { name: a, name: b }
                      |                  ^~~~

                """
        ),
        Slip(
            "an undefined alias",
            "[alive]",
            becomes: "*alive",
            report: """
                p.yaml:9:13: error[C104]: not YAML: found undefined alias
                    9 |     checks: *alive
                      |             ^

                """
        ),
        Slip(
            "a key that is a list",
            "asn: 65001",
            becomes: "[asn]: 65001",
            report: """
                p.yaml:3:3: error[C107]: a key is a single word, not a list or a map
                    3 |   [asn]: 65001
                      |   ^

                """
        ),
        Slip(
            "anchors with a list as key",
            "  asn: 65001",
            becomes: """
                  asn: &a 65001
                  [*a, *a]: x
                """,
            report: """
                p.yaml:4:11: error[C102]: a file with anchors (&name) may have only plain words \
                as keys
                    4 |   [*a, *a]: x
                      |           ^
                      = help: name a pool or a check instead of repeating it with an anchor

                """
        ),
    ]
}
