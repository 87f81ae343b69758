import Settings
import Testing

/// Values that their key does not allow, and the exact words they are refused with.
@Suite struct ValuesRefusalTests {
    @Test(arguments: slips)
    func isRefused(slip: Slip) throws {
        #expect(try slip.rejection().description == slip.report)
    }

    static let slips: [Slip] = [
        Slip(
            "a duration without unit",
            "{ type: tcp }",
            becomes: "{ type: tcp, every: 5 }",
            report: """
                p.yaml:6:30: error[C114]: `every`: `5` has no unit
                    6 |   alive: { type: tcp, every: 5 }
                      |                              ^
                      = help: write a whole number and a unit: 500ms, 2s, 5m or 1h

                """
        ),
        Slip(
            "a duration with an unknown unit",
            "{ type: tcp }",
            becomes: "{ type: tcp, every: 5sec }",
            report: """
                p.yaml:6:30: error[C114]: `every`: `5sec` has no unit that is known here
                    6 |   alive: { type: tcp, every: 5sec }
                      |                              ^~~~
                      = help: write a whole number and a unit: 500ms, 2s, 5m or 1h

                """
        ),
        Slip(
            "a duration that is a word",
            "{ type: tcp }",
            becomes: "{ type: tcp, every: often }",
            report: """
                p.yaml:6:30: error[C114]: `every` must be a duration, not `often`
                    6 |   alive: { type: tcp, every: often }
                      |                              ^~~~~
                      = help: write a whole number and a unit: 500ms, 2s, 5m or 1h

                """
        ),
        Slip(
            "a duration that is too short",
            "{ type: tcp }",
            becomes: "{ type: tcp, every: 5ms }",
            report: """
                p.yaml:6:30: error[C114]: `every` must be 100ms to 24h, not `5ms`
                    6 |   alive: { type: tcp, every: 5ms }
                      |                              ^~~

                """
        ),
        Slip(
            "a duration that is too long",
            """
            version: 1

            """,
            becomes: """
                version: 1
                drain: { wait: { at-most: 25h } }

                """,
            report: """
                p.yaml:2:27: error[C114]: `drain.wait.at-most` must be 1s to 24h, not `25h`
                    2 | drain: { wait: { at-most: 25h } }
                      |                           ^~~

                """
        ),
        Slip(
            "a duration beyond all numbers",
            "{ type: tcp }",
            becomes: "{ type: tcp, every: 9223372036854775807h }",
            report: """
                p.yaml:6:30: error[C114]: `every` must be 100ms to 24h, not `9223372036854775807h`
                    6 |   alive: { type: tcp, every: 9223372036854775807h }
                      |                              ^~~~~~~~~~~~~~~~~~~~

                """
        ),
        Slip(
            "a quiet time longer than the wait",
            """
            version: 1

            """,
            becomes: """
                version: 1
                drain: { wait: { for: 2m, at-most: 1m } }

                """,
            report: """
                p.yaml:2:23: error[C225]: `for` (2m) is longer than `at-most` (1m), so a drain \
                would never see the node quiet
                    2 | drain: { wait: { for: 2m, at-most: 1m } }
                      |                       ^~

                """
        ),
        Slip(
            "a rate without unit",
            """
            version: 1

            """,
            becomes: """
                version: 1
                drain: { wait: { packets-below: 1 } }

                """,
            report: """
                p.yaml:2:33: error[C115]: `drain.wait.packets-below` must be a rate of 1/s to \
                1000000/s, not `1`
                    2 | drain: { wait: { packets-below: 1 } }
                      |                                 ^

                """
        ),
        Slip(
            "a weight out of range",
            "backends: [10.20.0.11, 10.20.0.12]",
            becomes: "backends: [{ address: 10.20.0.11, weight: 65536 }]",
            report: """
                p.yaml:10:47: error[C115]: `weight` must be 0 to 65535, not `65536`
                   10 |     backends: [{ address: 10.20.0.11, weight: 65536 }]
                      |                                               ^~~~~

                """
        ),
        Slip(
            "an octal weight",
            "backends: [10.20.0.11, 10.20.0.12]",
            becomes: "backends: [{ address: 10.20.0.11, weight: 010 }]",
            report: """
                p.yaml:10:47: error[C115]: `weight` must be 0 to 65535, not `010`
                   10 |     backends: [{ address: 10.20.0.11, weight: 010 }]
                      |                                               ^~~
                      = help: write it without the leading zero, which some programs read as octal

                """
        ),
        Slip(
            "a negative weight",
            "backends: [10.20.0.11, 10.20.0.12]",
            becomes: "backends: [{ address: 10.20.0.11, weight: -1 }]",
            report: """
                p.yaml:10:47: error[C115]: `weight` must be 0 to 65535, not `-1`
                   10 |     backends: [{ address: 10.20.0.11, weight: -1 }]
                      |                                               ^~

                """
        ),
        Slip(
            "an unknown state",
            "backends: [10.20.0.11, 10.20.0.12]",
            becomes: "backends: [{ address: 10.20.0.11, state: drian }]",
            report: """
                p.yaml:10:46: error[C112]: `state` cannot be `drian`; did you mean `drain`?
                   10 |     backends: [{ address: 10.20.0.11, state: drian }]
                      |                                              ^~~~~
                      = help: allowed: `ready`, `drain`, `maint`

                """
        ),
        Slip(
            "a note of two lines",
            "backends: [10.20.0.11, 10.20.0.12]",
            becomes: "backends: [{ address: 10.20.0.11, note: \"a\\nb\" }]",
            report: """
                p.yaml:10:45: error[C117]: `note` cannot be `a\u{fffd}b`
                   10 |     backends: [{ address: 10.20.0.11, note: "a\\nb" }]
                      |                                             ^~~~~
                      = help: one line of text, at most 256 bytes, nothing invisible

                """
        ),
        Slip(
            "no peers",
            "  asn: 65001",
            becomes: """
                  asn: 65001
                  min-peers: 0
                """,
            report: """
                p.yaml:4:14: error[C115]: `bgp.min-peers` must be 1 to 128, not `0`
                    4 |   min-peers: 0
                      |              ^

                """
        ),
        Slip(
            "AS 0",
            "asn: 65001",
            becomes: "asn: 0",
            report: """
                p.yaml:3:8: error[C115]: `bgp.asn`: `0` is not an AS number; those are \
                1...4294967295
                    3 |   asn: 0
                      |        ^

                """
        ),
        Slip(
            "an AS number beyond four bytes",
            "asn: 65001",
            becomes: "asn: 4294967296",
            report: """
                p.yaml:3:8: error[C115]: `bgp.asn`: `4294967296` is not an AS number; those are \
                1...4294967295
                    3 |   asn: 4294967296
                      |        ^~~~~~~~~~

                """
        ),
        Slip(
            "a name in capitals",
            "name: web",
            becomes: "name: Web",
            report: """
                p.yaml:12:11: error[C116]: `name`: `Web` is not a name; use a-z, 0-9 and -, not \
                starting with -
                   12 |   - name: Web
                      |           ^~~

                """
        ),
        Slip(
            "a name that begins with a dash",
            "name: web",
            becomes: "name: -web",
            report: """
                p.yaml:12:11: error[C116]: `name`: `-web` is not a name; use a-z, 0-9 and -, not \
                starting with -
                   12 |   - name: -web
                      |           ^~~~

                """
        ),
        Slip(
            "an overlong link name",
            """
            version: 1

            """,
            becomes: """
                version: 1
                ipvs: { interface: abcdefghijklmnop }

                """,
            report: """
                p.yaml:2:20: error[C117]: `ipvs.interface` is longer than 15 bytes
                    2 | ipvs: { interface: abcdefghijklmnop }
                      |                    ^~~~~~~~~~~~~~~~
                      = help: a link of its own: at most 15 bytes, no space, `/`, `:` or `%`, not \
                `lo`

                """
        ),
        Slip(
            "the loopback link",
            """
            version: 1

            """,
            becomes: """
                version: 1
                ipvs: { interface: lo }

                """,
            report: """
                p.yaml:2:20: error[C117]: `ipvs.interface` cannot be `lo`
                    2 | ipvs: { interface: lo }
                      |                    ^~
                      = help: a link of its own: at most 15 bytes, no space, `/`, `:` or `%`, not \
                `lo`

                """
        ),
        Slip(
            "a relative socket path",
            """
            version: 1

            """,
            becomes: """
                version: 1
                control: { socket: penstock.sock }

                """,
            report: """
                p.yaml:2:20: error[C117]: `control.socket` cannot be `penstock.sock`
                    2 | control: { socket: penstock.sock }
                      |                    ^~~~~~~~~~~~~
                      = help: an absolute path of at most 106 printable characters

                """
        ),
        Slip(
            "an overlong socket path",
            """
            version: 1

            """,
            becomes: """
                version: 1
                control: { socket: /xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\
                xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx }

                """,
            report: """
                p.yaml:2:20: error[C117]: `control.socket` is longer than 106 bytes
                    2 | control: { socket: \
                /xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\
                xxxxxxxxxxxxxxxxxxx…
                      |                    \
                ^~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~\
                ~~~~~~~~~~~~~~~~~~~~
                      = help: an absolute path of at most 106 printable characters

                """
        ),
        Slip(
            "a label that is taken",
            """
            version: 1

            """,
            becomes: """
                version: 1
                node: { labels: { name: a, Rack: b } }

                """,
            report: """
                p.yaml:2:19: error[C116]: a label cannot be called `name`
                    2 | node: { labels: { name: a, Rack: b } }
                      |                   ^~~~
                      = help: use a-z, 0-9 and _, not starting with a digit or __; `name` is taken
                p.yaml:2:28: error[C116]: a label cannot be called `Rack`
                    2 | node: { labels: { name: a, Rack: b } }
                      |                            ^~~~
                      = help: use a-z, 0-9 and _, not starting with a digit or __; `name` is taken

                """
        ),
        Slip(
            "a listen without protocol",
            "443/tcp",
            becomes: "443",
            report: """
                p.yaml:15:32: error[C117]: `listen` cannot be `443`
                   15 |       - { name: https, listen: 443, pool: web }
                      |                                ^~~
                      = help: write PORT/PROTOCOL with a port of 1-65535 and tcp, udp or sctp: \
                443/tcp

                """
        ),
        Slip(
            "a listen with port 0",
            "443/tcp",
            becomes: "0/tcp",
            report: """
                p.yaml:15:32: error[C117]: `listen` cannot be `0/tcp`
                   15 |       - { name: https, listen: 0/tcp, pool: web }
                      |                                ^~~~~
                      = help: write PORT/PROTOCOL with a port of 1-65535 and tcp, udp or sctp: \
                443/tcp

                """
        ),
        Slip(
            "a gate that is neither",
            "{ name: https, listen: 443/tcp, pool: web }",
            becomes: "{ name: https, listen: 443/tcp, pool: web, gate: no }",
            report: """
                p.yaml:15:58: error[C112]: `gate` must be `true` or `false`, not `no`
                   15 |       - { name: https, listen: 443/tcp, pool: web, gate: no }
                      |                                                          ^~

                """
        ),
    ]
}
