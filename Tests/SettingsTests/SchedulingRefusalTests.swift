import Settings
import Testing

/// Schedulers, flags and quorums that could not work, and the exact words they are refused with.
@Suite struct SchedulingRefusalTests {
    @Test(arguments: slips)
    func isRefused(slip: Slip) throws {
        #expect(try slip.rejection().description == slip.report)
    }

    static let slips: [Slip] = [
        Slip(
            "a flag of another scheduler",
            "{ name: https, listen: 443/tcp, pool: web }",
            becomes: """
                { name: https, listen: 443/tcp, pool: web, scheduler: sh, flags: [sh-port, \
                mh-port] }
                """,
            report: """
                p.yaml:15:84: error[C214]: the flag `mh-port` belongs to the scheduler `mh`, not \
                to `sh`
                   15 |       - { name: https, listen: 443/tcp, pool: web, scheduler: sh, flags: \
                [sh-port, mh-port] }
                      |                                                                           \
                         ^~~~~~~

                """
        ),
        Slip(
            "a misspelt flag",
            "{ name: https, listen: 443/tcp, pool: web }",
            becomes: """
                { name: https, listen: 443/tcp, pool: web, flags: [mh_port] }
                """,
            report: """
                p.yaml:15:60: error[C112]: `flags` cannot be `mh_port`; did you mean `mh-port`?
                   15 |       - { name: https, listen: 443/tcp, pool: web, flags: [mh_port] }
                      |                                                            ^~~~~~~
                      = help: allowed: `mh-port`, `mh-fallback`, `sh-port`, `sh-fallback`, `ops`

                """
        ),
        Slip(
            "an unknown scheduler",
            "{ name: https, listen: 443/tcp, pool: web }",
            becomes: """
                { name: https, listen: 443/tcp, pool: web, scheduler: maglev }
                """,
            report: """
                p.yaml:15:63: error[C112]: `scheduler` cannot be `maglev`; did you mean `mh`?
                   15 |       - { name: https, listen: 443/tcp, pool: web, scheduler: maglev }
                      |                                                               ^~~~~~
                      = help: allowed: `rr`, `wrr`, `lc`, `wlc`, `lblc`, `lblcr`, `dh`, `sh`, \
                `mh`, `sed`, `nq`, `fo`, `ovf`, `twos`

                """
        ),
        Slip(
            "one packet over TCP",
            "{ name: https, listen: 443/tcp, pool: web }",
            becomes: """
                { name: https, listen: 443/tcp, pool: web, scheduler: wrr, flags: [ops] }
                """,
            report: """
                p.yaml:15:76: error[C215]: the flag `ops` is for udp services, not for 443/tcp
                   15 |       - { name: https, listen: 443/tcp, pool: web, scheduler: wrr, flags: \
                [ops] }
                      |                                                                           \
                 ^~~
                      = help: it schedules every packet anew, which would tear a connection apart

                """
        ),
        Slip(
            "one packet for all",
            """
            version: 1

            """,
            becomes: """
                version: 1
                ipvs: { defaults: { scheduler: rr, flags: [ops] } }

                """,
            report: """
                p.yaml:2:44: error[C215]: the flag `ops` is for udp services, not for the \
                defaults of all services
                    2 | ipvs: { defaults: { scheduler: rr, flags: [ops] } }
                      |                                            ^~~
                      = help: it schedules every packet anew, which would tear a connection apart

                """
        ),
        Slip(
            "slow-start with mh",
            "    checks: [alive]",
            becomes: """
                    checks: [alive]
                    slow-start: 30s
                """,
            report: """
                p.yaml:10:5: error[C221]: `slow-start` does not go with the scheduler `mh`: each \
                step rebuilds the hash table and moves flows of other servers
                   10 |     slow-start: 30s
                      |     ^~~~~~~~~~
                      = help: leave it out, or use one of `wrr`, `wlc`, `sed`, `nq`, `twos`

                """
        ),
        Slip(
            "slow-start with a scheduler without weights",
            "{ name: https, listen: 443/tcp, pool: web }",
            becomes: """
                { name: https, listen: 443/tcp, pool: web, scheduler: rr, slow-start: 30s }
                """,
            report: """
                p.yaml:15:67: error[C221]: `slow-start` does not go with the scheduler `rr`: it \
                does not look at weights, only whether there is one
                   15 |       - { name: https, listen: 443/tcp, pool: web, scheduler: rr, \
                slow-start: 30s }
                      |                                                                   \
                ^~~~~~~~~~
                      = help: leave it out, or use one of `wrr`, `wlc`, `sed`, `nq`, `twos`

                """
        ),
        Slip(
            "down above up",
            "{ name: https, listen: 443/tcp, pool: web }",
            becomes: """
                { name: https, listen: 443/tcp, pool: web, quorum: { up: 50%, down: 60% } }
                """,
            report: """
                p.yaml:15:77: error[C203]: quorum.down (60%) must not be above quorum.up (50%)
                   15 |       - { name: https, listen: 443/tcp, pool: web, quorum: { up: 50%, \
                down: 60% } }
                      |                                                                           \
                  ^~~
                      = help: a service comes up at `up` and goes down below `down`; the gap \
                stops flapping

                """
        ),
        Slip(
            "down above up in unlike units",
            "{ name: https, listen: 443/tcp, pool: web }",
            becomes: """
                { name: https, listen: 443/tcp, pool: web, quorum: { up: 1, down: 100% } }
                """,
            report: """
                p.yaml:15:75: error[C203]: quorum.down (100%) must not be above quorum.up (1)
                   15 |       - { name: https, listen: 443/tcp, pool: web, quorum: { up: 1, down: \
                100% } }
                      |                                                                           \
                ^~~~
                      = help: a service comes up at `up` and goes down below `down`; the gap \
                stops flapping

                """
        ),
        Slip(
            "a quorum above the weight",
            "{ name: https, listen: 443/tcp, pool: web }",
            becomes: """
                { name: https, listen: 443/tcp, pool: web, quorum: { up: 3 } }
                """,
            report: """
                p.yaml:15:66: error[C202]: quorum.up (3) can never be met: all backends together \
                weigh 2
                   15 |       - { name: https, listen: 443/tcp, pool: web, quorum: { up: 3 } }
                      |                                                                  ^

                """
        ),
        Slip(
            "a quorum of nothing",
            "{ name: https, listen: 443/tcp, pool: web }",
            becomes: """
                { name: https, listen: 443/tcp, pool: web, quorum: { up: 1, down: 0 } }
                """,
            report: """
                p.yaml:15:75: error[C202]: `quorum.down` cannot be `0`: a service with nothing \
                alive would count as up
                   15 |       - { name: https, listen: 443/tcp, pool: web, quorum: { up: 1, down: \
                0 } }
                      |                                                                           ^

                """
        ),
        Slip(
            "a quorum of more than all",
            "{ name: https, listen: 443/tcp, pool: web }",
            becomes: """
                { name: https, listen: 443/tcp, pool: web, quorum: { up: 101% } }
                """,
            report: """
                p.yaml:15:66: error[C202]: `quorum.up` cannot be `101%`: there is no more than 100%
                   15 |       - { name: https, listen: 443/tcp, pool: web, quorum: { up: 101% } }
                      |                                                                  ^~~~

                """
        ),
        Slip(
            "a quorum without up",
            "{ name: https, listen: 443/tcp, pool: web }",
            becomes: """
                { name: https, listen: 443/tcp, pool: web, quorum: { down: 1 } }
                """,
            report: """
                p.yaml:15:60: error[C108]: `quorum` has no `up`
                   15 |       - { name: https, listen: 443/tcp, pool: web, quorum: { down: 1 } }
                      |                                                            ^

                """
        ),
        Slip(
            "a quorum of weightless backends",
            """
            backends: [10.20.0.11, 10.20.0.12]
            vips:
              - name: web
                address: 203.0.113.10
                services:
                  - { name: https, listen: 443/tcp, pool: web }
            """,
            becomes: """
                backends: [{ address: 10.20.0.11, weight: 0 }]
                vips:
                  - name: web
                    address: 203.0.113.10
                    services:
                      - { name: https, listen: 443/tcp, pool: web, quorum: { up: 50% } }
                """,
            report: """
                p.yaml:15:66: error[C202]: quorum.up (50%) can never be met: all backends \
                together weigh 0
                   15 |       - { name: https, listen: 443/tcp, pool: web, quorum: { up: 50% } }
                      |                                                                  ^~~

                """
        ),
        Slip(
            "a quorum that is a word",
            "{ name: https, listen: 443/tcp, pool: web }",
            becomes: """
                { name: https, listen: 443/tcp, pool: web, quorum: { up: half } }
                """,
            report: """
                p.yaml:15:66: error[C115]: `quorum.up` cannot be `half`
                   15 |       - { name: https, listen: 443/tcp, pool: web, quorum: { up: half } }
                      |                                                                  ^~~~
                      = help: write a weight such as 2, a share of the configured weight such as \
                50%, or `2 servers`

                """
        ),
        Slip(
            "several errors in file order",
            "backends: [10.20.0.11, 10.20.0.12]",
            becomes: """
                backends: [10.20.0.300, { adress: 10.20.0.12 }]
                    slow-strat: 1s
                """,
            report: """
                p.yaml:10:16: error[C204]: 10.20.0.300 is not an IP address
                   10 |     backends: [10.20.0.300, { adress: 10.20.0.12 }]
                      |                ^~~~~~~~~~~
                p.yaml:10:31: error[C110]: unknown key `adress`; did you mean `address`?
                   10 |     backends: [10.20.0.300, { adress: 10.20.0.12 }]
                      |                               ^~~~~~
                      = help: a backend knows `address`, `port`, `weight`, `state`, `note`
                p.yaml:11:5: error[C110]: unknown key `slow-strat`; did you mean `slow-start`?
                   11 |     slow-strat: 1s
                      |     ^~~~~~~~~~
                      = help: a pool knows `checks`, `backends`, `slow-start`

                """
        ),
    ]
}
