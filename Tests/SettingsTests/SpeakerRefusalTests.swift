import Settings
import Testing

/// Speakers and drains that cannot be, and the exact words they are refused with.
@Suite struct SpeakerRefusalTests {
    @Test(arguments: slips)
    func isRefused(slip: Slip) throws {
        #expect(try slip.rejection().description == slip.report)
    }

    static let slips: [Slip] = [
        Slip(
            "an unknown method",
            "  asn: 65001\n",
            becomes: "  asn: 65001\n  method: static\n",
            report: """
                p.yaml:4:11: error[C112]: `bgp.method` cannot be `static`
                    4 |   method: static
                      |           ^~~~~~
                      = help: allowed: `network`, `kernel-route`

                """
        ),
        Slip(
            "a pipeline that is too wide",
            "  asn: 65001\n",
            becomes: "  asn: 65001\n  pipeline: 65\n",
            report: """
                p.yaml:4:13: error[C115]: `bgp.pipeline` must be 1 to 64, not `65`
                    4 |   pipeline: 65
                      |             ^~

                """
        ),
        Slip(
            "a VRF with a space",
            "  asn: 65001\n",
            becomes: "  asn: 65001\n  vrf: \"blue; exit\"\n",
            report: """
                p.yaml:4:8: error[C117]: `bgp.vrf` cannot be `blue; exit`
                    4 |   vrf: "blue; exit"
                      |        ^~~~~~~~~~~~
                      = help: the name of a VRF: at most 15 of a-z, A-Z, 0-9, `.`, `_` and `-`

                """
        ),
        Slip(
            "kernel routes for a VRF",
            "  asn: 65001\n",
            becomes: "  asn: 65001\n  method: kernel-route\n  vrf: red\n",
            report: """
                p.yaml:4:3: error[C234]: `method: kernel-route` does not go with the VRF `red`
                    4 |   method: kernel-route
                      |   ^~~~~~
                      = help: kernel routes are added to the main table, which is the default VRF's; \
                use `method: network`

                """
        ),
        Slip(
            "two speakers with kernel routes",
            "  asn: 65001\n",
            becomes: """
                  asn: 65001
                  method: kernel-route
                  speakers:
                    - { name: a }
                    - { name: b, vty-socket: /run/b }

                """,
            report: """
                p.yaml:7:7: error[C234]: `a` and `b` both have `method: kernel-route`
                    7 |     - { name: b, vty-socket: /run/b }
                      |       ^
                      = help: a kernel route does not say for whom it is, so one speaker at the \
                most can have that method

                """
        ),
        Slip(
            "an attribute that the operator's route-map decides",
            "  asn: 65001\n",
            becomes: "  asn: 65001\n  method: kernel-route\n  communities: [65001:100]\n",
            report: """
                p.yaml:5:3: error[C227]: `communities` has no effect with `method: kernel-route`
                    5 |   communities: [65001:100]
                      |   ^~~~~~~~~~~
                      = help: say it in the route-map of FRR's `redistribute kernel`, or use \
                `method: network`

                """
        ),
        Slip(
            "an attribute of a VIP that the operator's route-map decides",
            text: Sample.replacing("  asn: 65001\n", with: "  asn: 65001\n  method: kernel-route\n")
                .replacing(
                    "    address: 203.0.113.10\n",
                    with: "    address: 203.0.113.10\n    advertise: { med: 10 }\n"
                ),
            report: """
                p.yaml:15:18: error[C227]: `med` has no effect with `method: kernel-route`
                   15 |     advertise: { med: 10 }
                      |                  ^~~
                      = help: say it in the route-map of FRR's `redistribute kernel`, or use \
                `method: network`

                """
        ),
        Slip(
            "a protocol number of zebra's own",
            "  asn: 65001\n",
            becomes: "  asn: 65001\n  method: kernel-route\n  kernel-route: { protocol: 186 }\n",
            report: """
                p.yaml:5:29: error[C232]: `bgp.kernel-route.protocol` cannot be 186: zebra \
                ignores routes with it
                    5 |   kernel-route: { protocol: 186 }
                      |                             ^~~
                      = help: 1, 2, 11, 42 and 186 to 198 are the kernel's and FRR's own; take \
                another, such as 201

                """
        ),
        Slip(
            "a soft metric that is not worse",
            "  asn: 65001\n",
            becomes: "  asn: 65001\n  method: kernel-route\n  kernel-route: { metric: 300 }\n",
            report: """
                p.yaml:5:27: error[C230]: `soft-metric` (200) must be above `metric` (300), or \
                a drain would not make the path worse
                    5 |   kernel-route: { metric: 300 }
                      |                           ^~~

                """
        ),
        Slip(
            "a drain that a kernel route cannot say",
            text: Sample.replacing("  asn: 65001\n", with: "  asn: 65001\n  method: kernel-route\n")
                .replacing(
                    "version: 1\n",
                    with: "version: 1\ndrain: { announce: { prepend: 3 } }\n"
                ),
            report: """
                p.yaml:2:1: error[C227]: `drain.announce` cannot be `prepend 3` with `method: \
                kernel-route`
                    2 | drain: { announce: { prepend: 3 } }
                      | ^~~~~
                      = help: a drain gives the route `bgp.kernel-route.soft-metric`; what \
                that makes of the path is said in the route-map of FRR's `redistribute kernel`

                """
        ),
        Slip(
            "no speakers",
            "  asn: 65001\n",
            becomes: "  asn: 65001\n  speakers: []\n",
            report: """
                p.yaml:4:13: error[C108]: `bgp.speakers` is empty, so nothing could be announced
                    4 |   speakers: []
                      |             ^
                      = help: without the key, `bgp` itself says the one there is

                """
        ),
        Slip(
            "a speaker without a name",
            "  asn: 65001\n",
            becomes: "  asn: 65001\n  speakers: [{ vrf: blue }]\n",
            report: """
                p.yaml:4:14: error[C108]: a speaker has no `name`
                    4 |   speakers: [{ vrf: blue }]
                      |              ^

                """
        ),
        Slip(
            "speakers without an AS",
            "  asn: 65001\n",
            becomes: "  speakers: [{ name: a }]\n",
            report: """
                p.yaml:3:14: error[C108]: a speaker has no `asn`
                    3 |   speakers: [{ name: a }]
                      |              ^

                """
        ),
        Slip(
            "two speakers of one name",
            "  asn: 65001\n",
            becomes: "  asn: 65001\n  speakers: [{ name: a }, { name: a, vrf: blue }]\n",
            report: """
                p.yaml:4:27: error[C201]: another speaker is called `a` at p.yaml:4:14
                    4 |   speakers: [{ name: a }, { name: a, vrf: blue }]
                      |                           ^

                """
        ),
        Slip(
            "two speakers that are one",
            "  asn: 65001\n",
            becomes: "  asn: 65001\n  speakers: [{ name: a }, { name: b, asn: 65002 }]\n",
            report: """
                p.yaml:4:27: error[C226]: the speaker `b` is the instance of `a` at p.yaml:4:14
                    4 |   speakers: [{ name: a }, { name: b, asn: 65002 }]
                      |                           ^
                      = help: two speakers differ in `vty-socket` or in `vrf`

                """
        ),
        Slip(
            "a speaker that is not there",
            text: Sample.replacing(
                "  asn: 65001\n",
                with: "  asn: 65001\n  speakers: [{ name: public }, { name: inner, vrf: blue }]\n"
            )
            .replacing(
                "    address: 203.0.113.10\n",
                with: "    address: 203.0.113.10\n    advertise: { speaker: pubic }\n"
            ),
            report: """
                p.yaml:15:27: error[C218]: there is no speaker `pubic`; did you mean `public`?
                   15 |     advertise: { speaker: pubic }
                      |                           ^~~~~
                      = help: `speakers` names `inner`, `public`

                """
        ),
        Slip(
            "a worse path that is not known",
            "version: 1\n",
            becomes: "version: 1\ndrain: { announce: gracefull-shutdown }\n",
            report: """
                p.yaml:2:20: error[C112]: `drain.announce` cannot be `gracefull-shutdown`; did \
                you mean `graceful-shutdown`?
                    2 | drain: { announce: gracefull-shutdown }
                      |                    ^~~~~~~~~~~~~~~~~~
                      = help: allowed: `graceful-shutdown`, `none`

                """
        ),
        Slip(
            "a worse path of two kinds",
            "version: 1\n",
            becomes: "version: 1\ndrain: { announce: { prepend: 3, med: 10 } }\n",
            report: """
                p.yaml:2:34: error[C118]: `drain.announce` takes one of the two
                    2 | drain: { announce: { prepend: 3, med: 10 } }
                      |                                  ^~~

                """
        ),
        Slip(
            "a worse path of no kind",
            "version: 1\n",
            becomes: "version: 1\ndrain: { announce: {} }\n",
            report: """
                p.yaml:2:20: error[C108]: `drain.announce` says nothing
                    2 | drain: { announce: {} }
                      |                    ^
                      = help: graceful-shutdown, { prepend: 3 }, { med: 1000 } or none

                """
        ),
        Slip(
            "a pause after nothing",
            "version: 1\n",
            becomes: "version: 1\ndrain: { announce: none, settle: 5s }\n",
            report: """
                p.yaml:2:34: error[C118]: `settle` waits for routers to leave a worse path, \
                and `announce: none` makes none
                    2 | drain: { announce: none, settle: 5s }
                      |                                  ^~
                      = help: leave `settle` out, or choose what makes the path worse

                """
        ),
        Slip(
            "a metric that a drain does not make worse",
            text: Sample.replacing(
                "version: 1\n",
                with: "version: 1\ndrain: { announce: { med: 100 } }\n"
            )
            .replacing(
                "    address: 203.0.113.10\n",
                with: "    address: 203.0.113.10\n    advertise: { med: 100 }\n"
            ),
            report: """
                p.yaml:15:18: error[C230]: `med` (100) is not below the 100 of \
                `drain.announce`, so a drain would not make the path worse
                   15 |     advertise: { med: 100 }
                      |                  ^~~

                """
        ),
        Slip(
            "a path that a drain cannot make longer",
            text: Sample.replacing(
                "version: 1\n",
                with: "version: 1\ndrain: { announce: { prepend: 5 } }\n"
            )
            .replacing(
                "    address: 203.0.113.10\n",
                with: "    address: 203.0.113.10\n    advertise: { prepend: 6 }\n"
            ),
            report: """
                p.yaml:15:18: error[C230]: `prepend` (6) and the 5 of `drain.announce` are \
                more than 10 together
                   15 |     advertise: { prepend: 6 }
                      |                  ^~~~~~~

                """
        ),
        Slip(
            "a last path that is neither asked about nor ignored",
            "version: 1\n",
            becomes: "version: 1\ndrain: { last-path: ingore }\n",
            report: """
                p.yaml:2:21: error[C112]: `drain.last-path` cannot be `ingore`; did you mean \
                `ignore`?
                    2 | drain: { last-path: ingore }
                      |                     ^~~~~~
                      = help: allowed: `ask`, `ignore`

                """
        ),
        Slip(
            "a drain file without its folder",
            "version: 1\n",
            becomes: "version: 1\ndrain: { file: drain }\n",
            report: """
                p.yaml:2:16: error[C117]: `drain.file` cannot be `drain`
                    2 | drain: { file: drain }
                      |                ^~~~~
                      = help: an absolute path of at most 1024 bytes, nothing invisible

                """
        ),
    ]
}
