import Settings
import Testing

/// What a route cannot say, and the exact words it is refused with.
@Suite struct RoutingRefusalTests {
    @Test(arguments: slips)
    func isRefused(slip: Slip) throws {
        #expect(try slip.rejection().description == slip.report)
    }

    @Test(arguments: warnings)
    func isTakenWithAWarning(slip: Slip) throws {
        #expect(try Sample.load(slip.text).warningText == slip.report)
    }

    static let slips: [Slip] = [
        Slip(
            "a community that is none",
            "  asn: 65001\n",
            becomes: "  asn: 65001\n  communities: [65001:70000]\n",
            report: """
                p.yaml:4:17: error[C228]: `bgp.communities`: `65001:70000` is not a community
                    4 |   communities: [65001:70000]
                      |                 ^~~~~~~~~~~
                      = help: write ASN:VALUE, both 0 to 65535, or a name such as no-export; \
                an AS above 65535 has large-communities

                """
        ),
        Slip(
            "a community with too many parts",
            "    address: 203.0.113.10\n",
            becomes: "    address: 203.0.113.10\n    advertise: { communities: [65001:1:2] }\n",
            report: """
                p.yaml:14:32: error[C228]: `communities`: `65001:1:2` is not a community
                   14 |     advertise: { communities: [65001:1:2] }
                      |                                ^~~~~~~~~
                      = help: write ASN:VALUE, both 0 to 65535, or a name such as no-export; \
                an AS above 65535 has large-communities

                """
        ),
        Slip(
            "a community twice",
            "    address: 203.0.113.10\n",
            becomes:
                "    address: 203.0.113.10\n    advertise: { communities: [65001:1, 65001:1] }\n",
            report: """
                p.yaml:14:41: error[C228]: 65001:1 is in the list twice
                   14 |     advertise: { communities: [65001:1, 65001:1] }
                      |                                         ^~~~~~~

                """
        ),
        Slip(
            "a large community that is none",
            "  asn: 65001\n",
            becomes: "  asn: 65001\n  large-communities: [65001:100]\n",
            report: """
                p.yaml:4:23: error[C228]: `bgp.large-communities`: `65001:100` is not a large \
                community
                    4 |   large-communities: [65001:100]
                      |                       ^~~~~~~~~
                      = help: write ASN:VALUE:VALUE, each 0 to 4294967295, as in 65001:100:7

                """
        ),
        Slip(
            "a large community twice",
            "  asn: 65001\n",
            becomes: "  asn: 65001\n  large-communities: [1:2:3, 1:2:3]\n",
            report: """
                p.yaml:4:30: error[C228]: 1:2:3 is in the list twice
                    4 |   large-communities: [1:2:3, 1:2:3]
                      |                              ^~~~~

                """
        ),
        Slip(
            "a normal path that asks to be left",
            "    address: 203.0.113.10\n",
            becomes:
                "    address: 203.0.113.10\n    advertise: { communities: [graceful-shutdown] }\n",
            report: """
                p.yaml:14:32: error[C229]: `graceful-shutdown` asks routers to prefer any \
                other path, always
                   14 |     advertise: { communities: [graceful-shutdown] }
                      |                                ^~~~~~~~~~~~~~~~~
                      = help: a drain adds it by itself (`drain.announce`)

                """
        ),
        Slip(
            "a route that no peer is told",
            "    address: 203.0.113.10\n",
            becomes: "    address: 203.0.113.10\n    advertise: { communities: [no-advertise] }\n",
            report: """
                p.yaml:14:32: error[C229]: `no-advertise` keeps bgpd from telling any peer, so \
                the VIP would be nowhere
                   14 |     advertise: { communities: [no-advertise] }
                      |                                ^~~~~~~~~~~~

                """
        ),
        Slip(
            "a route into a hole",
            "  asn: 65001\n",
            becomes: "  asn: 65001\n  communities: [65535:666]\n",
            report: """
                p.yaml:4:17: error[C229]: `65535:666` asks routers to discard the traffic of \
                the VIP (RFC 7999)
                    4 |   communities: [65535:666]
                      |                 ^~~~~~~~~

                """
        ),
        Slip(
            "a metric out of range",
            "    address: 203.0.113.10\n",
            becomes: "    address: 203.0.113.10\n    advertise: { med: 4294967296 }\n",
            report: """
                p.yaml:14:23: error[C115]: `med` must be 0 to 4294967295, not `4294967296`
                   14 |     advertise: { med: 4294967296 }
                      |                       ^~~~~~~~~~

                """
        ),
        Slip(
            "too long a path",
            "    address: 203.0.113.10\n",
            becomes: "    address: 203.0.113.10\n    advertise: { prepend: 11 }\n",
            report: """
                p.yaml:14:27: error[C115]: `prepend` must be 0 to 10, not `11`
                   14 |     advertise: { prepend: 11 }
                      |                           ^~

                """
        ),
        Slip(
            "a bandwidth without its number",
            "    address: 203.0.113.10\n",
            becomes: "    address: 203.0.113.10\n    advertise: { bandwidth: { steps: 4 } }\n",
            report: """
                p.yaml:14:29: error[C108]: `bandwidth` has no `per-weight`
                   14 |     advertise: { bandwidth: { steps: 4 } }
                      |                             ^

                """
        ),
        Slip(
            "a bandwidth beyond what bgpd takes",
            "    address: 203.0.113.10\n",
            becomes:
                "    address: 203.0.113.10\n    advertise: { bandwidth: { per-weight: 20000 } }\n",
            report: """
                p.yaml:14:18: error[C231]: a weight of 2 at 20000 Mbit/s each is 40000 Mbit/s; \
                bgpd takes at most 25600
                   14 |     advertise: { bandwidth: { per-weight: 20000 } }
                      |                  ^~~~~~~~~
                      = help: only the ratio between directors counts: choose a smaller \
                `per-weight`

                """
        ),
        Slip(
            "a bandwidth of nothing",
            text: Sample.replacing(
                "[10.20.0.11, 10.20.0.12]",
                with: "[{ address: 10.20.0.11, state: drain }]"
            ).replacing(
                "    address: 203.0.113.10\n",
                with: """
                        address: 203.0.113.10
                        advertise: { bandwidth: { per-weight: 10 } }

                    """
            ),
            report: """
                p.yaml:14:18: error[C231]: `bandwidth` follows the weight of ready backends, \
                and there is none
                   14 |     advertise: { bandwidth: { per-weight: 10 } }
                      |                  ^~~~~~~~~

                """
        ),
        Slip(
            "a VIP that returns as it goes",
            "    address: 203.0.113.10",
            becomes: """
                    address: 203.0.113.10
                    advertise: { damping: { reuse: 3000 } }
                """,
            report: """
                p.yaml:14:36: error[C233]: `reuse` (3000) must be below `suppress` (2500), or what \
                is held back would return at once
                   14 |     advertise: { damping: { reuse: 3000 } }
                      |                                    ^~~~

                """
        ),
        Slip(
            "a penalty that nobody can reach",
            "    address: 203.0.113.10",
            becomes: """
                    address: 203.0.113.10
                    advertise: { damping: { longest: 10s } }
                """,
            report: """
                p.yaml:14:38: error[C233]: no penalty reaches `suppress` (2500): after `longest` \
                (10s) it would not be below `reuse`
                   14 |     advertise: { damping: { longest: 10s } }
                      |                                      ^~~
                      = help: a longer `longest`, a shorter `half-life`, or `damping: off`

                """
        ),
        Slip(
            "damping by another word",
            "    address: 203.0.113.10",
            becomes: """
                    address: 203.0.113.10
                    advertise: { damping: yes }
                """,
            report: """
                p.yaml:14:27: error[C112]: `damping` cannot be `yes`
                   14 |     advertise: { damping: yes }
                      |                           ^~~
                      = help: allowed: `on`, `off`

                """
        ),
    ]

    static let warnings: [Slip] = [
        Slip(
            "a route that only peers of the same AS are told",
            "    address: 203.0.113.10\n",
            becomes: "    address: 203.0.113.10\n    advertise: { communities: [no-export] }\n",
            report: """
                p.yaml:14:32: warning[C229]: `no-export` keeps bgpd from telling peers of \
                another AS
                   14 |     advertise: { communities: [no-export] }
                      |                                ^~~~~~~~~
                      = help: routers are usually of another AS; set it there, or only with iBGP

                """
        ),
        Slip(
            "numbers for a method that nobody has",
            "  asn: 65001\n",
            becomes: "  asn: 65001\n  kernel-route: { metric: 50 }\n",
            report: """
                p.yaml:4:3: warning[C219]: no speaker has `method: kernel-route`, so \
                `kernel-route` says nothing
                    4 |   kernel-route: { metric: 50 }
                      |   ^~~~~~~~~~~~

                """
        ),
    ]
}
