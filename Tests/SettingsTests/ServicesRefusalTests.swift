import Settings
import Testing

/// Services whose real servers do not fit, and the exact words they are refused with.
@Suite struct ServicesRefusalTests {
    @Test(arguments: slips)
    func isRefused(slip: Slip) throws {
        #expect(try slip.rejection().description == slip.report)
    }

    static let slips: [Slip] = [
        Slip(
            "no backends",
            "{ name: https, listen: 443/tcp, pool: web }",
            becomes: "{ name: https, listen: 443/tcp }",
            report: """
                p.yaml:15:9: error[C108]: a service has no `backends` and no `pool`
                   15 |       - { name: https, listen: 443/tcp }
                      |         ^

                """
        ),
        Slip(
            "a pool and backends",
            "{ name: https, listen: 443/tcp, pool: web }",
            becomes: """
                { name: https, listen: 443/tcp, pool: web, backends: [10.20.0.13] }
                """,
            report: """
                p.yaml:15:52: error[C118]: a service has a `pool` or `backends` of its own, not both
                   15 |       - { name: https, listen: 443/tcp, pool: web, backends: [10.20.0.13] }
                      |                                                    ^~~~~~~~

                """
        ),
        Slip(
            "an unknown pool",
            "{ name: https, listen: 443/tcp, pool: web }",
            becomes: "{ name: https, listen: 443/tcp, pool: wbe }",
            report: """
                p.yaml:15:47: error[C218]: there is no pool `wbe`; did you mean `web`?
                   15 |       - { name: https, listen: 443/tcp, pool: wbe }
                      |                                               ^~~
                      = help: `pools` names `web`

                """
        ),
        Slip(
            "an unknown check",
            "checks: [alive]",
            becomes: "checks: [alvie, ready]",
            report: """
                p.yaml:9:14: error[C218]: there is no check `alvie`; did you mean `alive`?
                    9 |     checks: [alvie, ready]
                      |              ^~~~~
                      = help: `checks` names `alive`
                p.yaml:9:21: error[C218]: there is no check `ready`
                    9 |     checks: [alvie, ready]
                      |                     ^~~~~
                      = help: `checks` names `alive`

                """
        ),
        Slip(
            "the same check twice",
            "checks: [alive]",
            becomes: "checks: [alive, { type: tcp }]",
            report: """
                p.yaml:9:21: error[C222]: this check is already in the list, as `alive` at \
                p.yaml:9:14
                    9 |     checks: [alive, { type: tcp }]
                      |                     ^

                """
        ),
        Slip(
            "a duplicate listen",
            "{ name: https, listen: 443/tcp, pool: web }",
            becomes: """
                { name: a, listen: 443/tcp, pool: web }
                      - { name: b, listen: 443/tcp, pool: web }
                """,
            report: """
                p.yaml:16:28: error[C206]: another service of this VIP listens on 443/tcp at \
                p.yaml:15:28
                   16 |       - { name: b, listen: 443/tcp, pool: web }
                      |                            ^~~~~~~

                """
        ),
        Slip(
            "a duplicate service name",
            "{ name: https, listen: 443/tcp, pool: web }",
            becomes: """
                { name: a, listen: 443/tcp, pool: web }
                      - { name: a, listen: 80/tcp, pool: web }
                """,
            report: """
                p.yaml:16:17: error[C201]: another service of this VIP is called `a` at p.yaml:15:17
                   16 |       - { name: a, listen: 80/tcp, pool: web }
                      |                 ^

                """
        ),
        Slip(
            "nothing gates",
            "{ name: https, listen: 443/tcp, pool: web }",
            becomes: "{ name: https, listen: 443/tcp, pool: web, gate: false }",
            report: """
                p.yaml:15:7: error[C217]: no service of this VIP decides about its announcement
                   15 |       - { name: https, listen: 443/tcp, pool: web, gate: false }
                      |       ^
                      = help: remove `gate: false` from at least one

                """
        ),
        Slip(
            "a duplicate backend",
            "backends: [10.20.0.11, 10.20.0.12]",
            becomes: "backends: [10.20.0.11, { address: 10.20.0.11 }]",
            report: """
                p.yaml:10:39: error[C210]: the backend 10.20.0.11 is already there at p.yaml:10:16
                   10 |     backends: [10.20.0.11, { address: 10.20.0.11 }]
                      |                                       ^~~~~~~~~~
                      = help: give it a larger `weight` to send it more

                """
        ),
        Slip(
            "a duplicate backend by its port",
            "backends: [10.20.0.11, 10.20.0.12]",
            becomes: "backends: [10.20.0.11, 10.20.0.11:443]",
            report: """
                p.yaml:15:47: error[C210]: the backend 10.20.0.11:443 is already there at \
                p.yaml:10:16
                   15 |       - { name: https, listen: 443/tcp, pool: web }
                      |                                               ^~~

                """
        ),
        Slip(
            "a loopback backend",
            "backends: [10.20.0.11, 10.20.0.12]",
            becomes: "backends: [127.0.0.1]",
            report: """
                p.yaml:10:16: error[C209]: a backend cannot be 127.0.0.1, a loopback address
                   10 |     backends: [127.0.0.1]
                      |                ^~~~~~~~~

                """
        ),
        Slip(
            "a port out of range",
            "backends: [10.20.0.11, 10.20.0.12]",
            becomes: "backends: [10.20.0.11:65536]",
            report: """
                p.yaml:10:16: error[C204]: 10.20.0.11:65536 has a port that is not a port; ports \
                are 1...65535
                   10 |     backends: [10.20.0.11:65536]
                      |                ^~~~~~~~~~~~~~~~

                """
        ),
        Slip(
            "a port said twice",
            "backends: [10.20.0.11, 10.20.0.12]",
            becomes: "backends: [{ address: 10.20.0.11:443, port: 443 }]",
            report: """
                p.yaml:10:49: error[C118]: the port is said twice, here and in `address`
                   10 |     backends: [{ address: 10.20.0.11:443, port: 443 }]
                      |                                                 ^~~
                      = help: write it in one of the two places

                """
        ),
        Slip(
            "a backend that is a VIP",
            "backends: [10.20.0.11, 10.20.0.12]",
            becomes: "backends: [10.20.0.11, 203.0.113.10]",
            report: """
                p.yaml:10:28: error[C211]: the backend 203.0.113.10 is the VIP at p.yaml:13:14
                   10 |     backends: [10.20.0.11, 203.0.113.10]
                      |                            ^~~~~~~~~~~~
                      = help: name the server's own address; a director would send the packets to \
                itself

                """
        ),
        Slip(
            "families that differ",
            "backends: [10.20.0.11, 10.20.0.12]",
            becomes: "backends: [10.20.0.11, 2001:db8::1, 2001:db8::2]",
            report: """
                p.yaml:15:47: error[C212]: VIP 203.0.113.10 is IPv4, the backend 2001:db8::1 at \
                p.yaml:10:28 (and 1 more) is not
                   15 |       - { name: https, listen: 443/tcp, pool: web }
                      |                                               ^~~
                      = help: give each address family a VIP of its own

                """
        ),
        Slip(
            "families that differ, inline",
            "{ name: https, listen: 443/tcp, pool: web }",
            becomes: """
                { name: https, listen: 443/tcp, checks: [alive], backends: [2001:db8::1] }
                      - { name: http, listen: 80/tcp, pool: web }
                """,
            report: """
                p.yaml:15:69: error[C212]: VIP 203.0.113.10 is IPv4, the backend 2001:db8::1 is not
                   15 |       - { name: https, listen: 443/tcp, checks: [alive], backends: \
                [2001:db8::1] }
                      |                                                                     \
                ^~~~~~~~~~~
                      = help: give each address family a VIP of its own

                """
        ),
        Slip(
            "DR to another port",
            "backends: [10.20.0.11, 10.20.0.12]",
            becomes: "backends: [10.20.0.11:8443, 10.20.0.12]",
            report: """
                p.yaml:15:47: error[C213]: `forward: dr` keeps the port 443 of a packet, the \
                backend 10.20.0.11:8443 at p.yaml:10:16 listens elsewhere
                   15 |       - { name: https, listen: 443/tcp, pool: web }
                      |                                               ^~~
                      = help: give the backend the port 443, or the service `forward: nat`

                """
        ),
        Slip(
            "a tunnel to another port",
            "{ name: https, listen: 443/tcp, pool: web }",
            becomes: """
                { name: https, listen: 443/tcp, forward: tun, checks: [alive], backends: \
                [10.20.0.11:8443] }
                      - { name: http, listen: 80/tcp, pool: web }
                """,
            report: """
                p.yaml:15:83: error[C213]: `forward: tun` keeps the port 443 of a packet, the \
                backend 10.20.0.11:8443 listens elsewhere
                   15 |       - { name: https, listen: 443/tcp, forward: tun, checks: [alive], \
                backends: [10.20.0.11:8443] }
                      |                                                                           \
                        ^~~~~~~~~~~~~~~
                      = help: give the backend the port 443, or the service `forward: nat`

                """
        ),
    ]
}
