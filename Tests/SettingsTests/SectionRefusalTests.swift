import Settings
import Testing

/// Keys and values of the wrong form, and the exact words they are refused with.
@Suite struct SectionRefusalTests {
    @Test(arguments: slips)
    func isRefused(slip: Slip) throws {
        #expect(try slip.rejection().description == slip.report)
    }

    static let slips: [Slip] = [
        Slip(
            "a canary that is a VIP",
            "version: 1",
            becomes: """
                version: 1
                canaries: [{ name: a, address: 203.0.113.10, check: { type: icmp } }]
                """,
            report: """
                p.yaml:2:32: error[C240]: the canary 203.0.113.10 is the VIP at p.yaml:14:14
                    2 | canaries: [{ name: a, address: 203.0.113.10, check: { type: icmp } }]
                      |                                ^~~~~~~~~~~~
                      = help: name the gateway, or a host that is there whatever becomes of the \
                servers

                """
        ),
        Slip(
            "no value",
            "  asn: 65001",
            becomes: "  asn:",
            report: """
                p.yaml:3:3: error[C108]: `asn` has no value
                    3 |   asn:
                      |   ^~~
                      = help: give one, or remove the line

                """
        ),
        Slip(
            "no version",
            """
            version: 1

            """,
            becomes: "",
            report: """
                p.yaml:1:1: error[C108]: the configuration has no `version`
                    1 | bgp:
                      | ^~~

                """
        ),
        Slip(
            "a listener without a port",
            "version: 1",
            becomes: "version: 1\ncontrol: { http: 127.0.0.1 }",
            report: """
                p.yaml:2:18: error[C117]: `control.http`: `127.0.0.1` has no port; write \
                ADDRESS:PORT
                    2 | control: { http: 127.0.0.1 }
                      |                  ^~~~~~~~~
                      = help: an address of this machine and a port, such as `127.0.0.1:9477`, \
                or `off`

                """
        ),
        Slip(
            "a listener at a multicast address",
            "version: 1",
            becomes: "version: 1\ncontrol: { http: 224.0.0.1:80 }",
            report: """
                p.yaml:2:18: error[C117]: `control.http`: `224.0.0.1:80` is a multicast address
                    2 | control: { http: 224.0.0.1:80 }
                      |                  ^~~~~~~~~~~~
                      = help: an address of this machine and a port, such as `127.0.0.1:9477`, \
                or `off`

                """
        ),
        Slip(
            "another version",
            "version: 1",
            becomes: "version: 2",
            report: """
                p.yaml:1:10: error[C109]: `version` must be 1, not `2`
                    1 | version: 2
                      |          ^
                      = help: it is the version of the file's language, not of the program

                """
        ),
        Slip(
            "a misspelt section",
            "pools:",
            becomes: "pool:",
            report: """
                p.yaml:7:1: error[C110]: unknown key `pool`; did you mean `pools`?
                    7 | pool:
                      | ^~~~
                      = help: the configuration knows `version`, `node`, `control`, `bgp`, \
                `ipvs`, `drain`, `brake`, `canaries`, `checks`, `pools`, `vips`

                """
        ),
        Slip(
            "a misspelt key",
            "asn: 65001",
            becomes: "ans: 65001",
            report: """
                p.yaml:3:3: error[C110]: unknown key `ans`; did you mean `asn`?
                    3 |   ans: 65001
                      |   ^~~
                      = help: `bgp` knows `asn`, `owned-prefixes`, `vty-socket`, `vrf`, `method`, \
                `min-peers`, `communities`, `large-communities`, `verify-every`, `pipeline`, \
                `kernel-route`, `speakers`, `route-changes`, `repairs`

                """
        ),
        Slip(
            "a word of another program",
            "{ type: tcp }",
            becomes: "{ type: tcp, intervall: 2s }",
            report: """
                p.yaml:6:23: error[C110]: unknown key `intervall`; did you mean `every`?
                    6 |   alive: { type: tcp, intervall: 2s }
                      |                       ^~~~~~~~~
                      = help: a check of type `tcp` knows `type`, `port`, `every`, `timeout`, \
                `rise`, `fall`, `fast-every`, `sentinel`, `source`, `mark`, `mode`, `via`, `send`, \
                `expect`

                """
        ),
        Slip(
            "a key that resembles nothing",
            "asn: 65001",
            becomes: """
                asn: 65001
                  colour: blue
                """,
            report: """
                p.yaml:4:3: error[C110]: unknown key `colour`
                    4 |   colour: blue
                      |   ^~~~~~
                      = help: `bgp` knows `asn`, `owned-prefixes`, `vty-socket`, `vrf`, `method`, \
                `min-peers`, `communities`, `large-communities`, `verify-every`, `pipeline`, \
                `kernel-route`, `speakers`, `route-changes`, `repairs`

                """
        ),
        Slip(
            "keys of later versions",
            "    address: 203.0.113.10",
            becomes: """
                    address: 203.0.113.10
                    advertise: { fail-open: never }
                """,
            report: """
                p.yaml:14:18: error[C111]: this version does not know `fail-open` in `advertise` yet
                   14 |     advertise: { fail-open: never }
                      |                  ^~~~~~~~~
                      = help: remove it, or install a version that does

                """
        ),
        Slip(
            "checks of which none is enough",
            "[alive]",
            becomes: "{ any: [], all: [alive] }",
            report: """
                p.yaml:9:13: error[C107]: `checks` is a list, or `any` with a list, not another map
                    9 |     checks: { any: [], all: [alive] }
                      |             ^
                      = help: write [a, b] where all must pass, or { any: [a, b] } where one is \
                enough

                """
        ),
        Slip(
            "any of no checks",
            "[alive]",
            becomes: "{ any: [] }",
            report: """
                p.yaml:9:15: error[C108]: `any` is empty, so nothing could pass
                    9 |     checks: { any: [] }
                      |               ^~~
                      = help: name two checks or more

                """
        ),
        Slip(
            "another version, whatever else it says",
            """
            version: 1

            """,
            becomes: """
                version: 2
                virtual-ips: []

                """,
            report: """
                p.yaml:1:10: error[C109]: `version` must be 1, not `2`
                    1 | version: 2
                      |          ^
                      = help: it is the version of the file's language, not of the program

                """
        ),
        Slip(
            "an alias to something wrong, said once",
            """
                checks: [alive]
                backends: [10.20.0.11, 10.20.0.12]
            """,
            becomes: """
                    checks: [alive]
                    backends: &b [10.20.0.300]
                  web-2: { checks: [alive], backends: *b }
                """,
            report: """
                p.yaml:10:19: error[C204]: 10.20.0.300 is not an IP address
                   10 |     backends: &b [10.20.0.300]
                      |                   ^~~~~~~~~~~

                """
        ),
        Slip(
            "a misspelt path of a list",
            """
            checks:
              alive
            """,
            becomes: """
                cheks:
                  alive
                """,
            report: """
                p.yaml:5:1: error[C110]: unknown key `cheks`; did you mean `checks`?
                    5 | cheks:
                      | ^~~~~
                      = help: the configuration knows `version`, `node`, `control`, `bgp`, \
                `ipvs`, `drain`, `brake`, `canaries`, `checks`, `pools`, `vips`

                """
        ),
        Slip(
            "a misspelt check type",
            "{ type: tcp }",
            becomes: "{ type: htpp }",
            report: """
                p.yaml:6:18: error[C112]: `type` cannot be `htpp`; did you mean `http`?
                    6 |   alive: { type: htpp }
                      |                  ^~~~
                      = help: allowed: `tcp`, `tls`, `http`, `https`, `udp`, `grpc`, `dns`, \
                `icmp`, `agent`, `exec`

                """
        ),
        Slip(
            "a check without type",
            "{ type: tcp }",
            becomes: "{ port: 443 }",
            report: """
                p.yaml:6:10: error[C108]: a check has no `type`
                    6 |   alive: { port: 443 }
                      |          ^
                      = help: allowed: `tcp`, `tls`, `http`, `https`, `udp`, `grpc`, `dns`, \
                `icmp`, `agent`, `exec`

                """
        ),
        Slip(
            "a list instead of a value",
            "name: web",
            becomes: "name: [web]",
            report: """
                p.yaml:12:11: error[C107]: `name` is a single value, not a list
                   12 |   - name: [web]
                      |           ^
                      = help: put the value in quotes if it begins with [ or {

                """
        ),
        Slip(
            "a value instead of a list",
            "checks: [alive]",
            becomes: "checks: alive",
            report: """
                p.yaml:9:13: error[C107]: `checks` is a list, not a single value
                    9 |     checks: alive
                      |             ^~~~~
                      = help: write [a, b] on one line, or one item per line after a dash

                """
        ),
        Slip(
            "an unquoted IPv6 endpoint",
            "backends: [10.20.0.11, 10.20.0.12]",
            becomes: """
                backends:
                      - [2001:db8::1]:443
                """,
            report: """
                p.yaml:11:22: error[C104]: not YAML: did not find expected '-' indicator while \
                parsing a block collection, which begins at p.yaml:11:7
                   11 |       - [2001:db8::1]:443
                      |                      ^
                      = help: put an IPv6 address with a port in quotes: "[2001:db8::1]:443"

                """
        ),
        Slip(
            "a long line",
            "{ name: https, listen: 443/tcp, pool: web }",
            becomes: """
                { name: https, listen: 443/tcp, pool: web, quorum: { up: 50%, down: 30% }, \
                scheduler: wrr, flags: [], gate: perhaps, forward: dr, checks: [alive] }
                """,
            report: """
                p.yaml:15:117: error[C112]: `gate` must be `true` or `false`, not `perhaps`
                   15 | …30% }, scheduler: wrr, flags: [], gate: perhaps, forward: dr, checks: \
                [alive] }
                      |                                          ^~~~~~~

                """
        ),
    ]
}
