import Settings
import Testing

/// VIPs and owned prefixes that cannot be, and the exact words they are refused with.
@Suite struct VIPsRefusalTests {
    @Test(arguments: slips)
    func isRefused(slip: Slip) throws {
        #expect(try slip.rejection().description == slip.report)
    }

    static let slips: [Slip] = [
        Slip(
            "not an address",
            "203.0.113.10",
            becomes: "10.20.0.300",
            report: """
                p.yaml:13:14: error[C204]: 10.20.0.300 is not an IP address
                   13 |     address: 10.20.0.300
                      |              ^~~~~~~~~~~

                """
        ),
        Slip(
            "an octal address",
            "203.0.113.10",
            becomes: "010.0.0.1",
            report: """
                p.yaml:13:14: error[C204]: 010.0.0.1 has a leading zero, which some programs read \
                as octal
                   13 |     address: 010.0.0.1
                      |              ^~~~~~~~~

                """
        ),
        Slip(
            "an address with a zone",
            "203.0.113.10",
            becomes: "\"2001:db8:113::1%eth0\"",
            report: """
                p.yaml:13:14: error[C204]: 2001:db8:113::1%eth0 has a zone; an address is written \
                without one
                   13 |     address: "2001:db8:113::1%eth0"
                      |              ^~~~~~~~~~~~~~~~~~~~~~

                """
        ),
        Slip(
            "IPv4 in IPv6",
            "203.0.113.10",
            becomes: "\"::ffff:203.0.113.10\"",
            report: """
                p.yaml:13:14: error[C204]: ::ffff:203.0.113.10 wraps an IPv4 address; write the \
                IPv4 address itself
                   13 |     address: "::ffff:203.0.113.10"
                      |              ^~~~~~~~~~~~~~~~~~~~~

                """
        ),
        Slip(
            "a prefix",
            "203.0.113.10",
            becomes: "203.0.113.0/24",
            report: """
                p.yaml:13:14: error[C208]: a VIP is one address, not `203.0.113.0/24`
                   13 |     address: 203.0.113.0/24
                      |              ^~~~~~~~~~~~~~
                      = help: write 203.0.113.0, which is announced as 203.0.113.0/32

                """
        ),
        Slip(
            "host bits in a prefix",
            "203.0.113.10",
            becomes: "203.0.113.10/24",
            report: """
                p.yaml:13:14: error[C208]: a VIP is one address, not `203.0.113.10/24`
                   13 |     address: 203.0.113.10/24
                      |              ^~~~~~~~~~~~~~~
                      = help: write 203.0.113.10, which is announced as 203.0.113.10/32

                """
        ),
        Slip(
            "outside the owned prefixes",
            "203.0.113.10",
            becomes: "198.51.100.1",
            report: """
                p.yaml:13:14: error[C207]: 198.51.100.1/32 is outside `bgp.owned-prefixes`
                   13 |     address: 198.51.100.1
                      |              ^~~~~~~~~~~~
                      = help: owned: 203.0.113.0/24, 2001:db8:113::/48

                """
        ),
        Slip(
            "a loopback VIP",
            "203.0.113.10",
            becomes: "127.0.0.1",
            report: """
                p.yaml:13:14: error[C209]: a VIP cannot be 127.0.0.1, a loopback address
                   13 |     address: 127.0.0.1
                      |              ^~~~~~~~~

                """
        ),
        Slip(
            "a multicast VIP",
            "203.0.113.10",
            becomes: "ff02::1",
            report: """
                p.yaml:13:14: error[C209]: a VIP cannot be ff02::1, a multicast address
                   13 |     address: ff02::1
                      |              ^~~~~~~

                """
        ),
        Slip(
            "the unspecified VIP",
            "203.0.113.10",
            becomes: "\"::\"",
            report: """
                p.yaml:13:14: error[C209]: a VIP cannot be ::, the unspecified address
                   13 |     address: "::"
                      |              ^~~~

                """
        ),
        Slip(
            "a duplicate VIP",
            """
            vips:

            """,
            becomes: """
                vips:
                  - { name: other, address: 203.0.113.10/32, services: [{ name: a, listen: \
                80/tcp, pool: web }] }

                """,
            report: """
                p.yaml:14:14: error[C205]: VIP 203.0.113.10 is already used at p.yaml:12:29
                   14 |     address: 203.0.113.10
                      |              ^~~~~~~~~~~~

                """
        ),
        Slip(
            "a duplicate name",
            """
            vips:

            """,
            becomes: """
                vips:
                  - { name: web, address: 203.0.113.11, services: [{ name: a, listen: 80/tcp, \
                pool: web }] }

                """,
            report: """
                p.yaml:13:11: error[C201]: another VIP is called `web` at p.yaml:12:13
                   13 |   - name: web
                      |           ^~~

                """
        ),
        Slip(
            "an owned prefix with host bits",
            "203.0.113.0/24",
            becomes: "203.0.113.10/24",
            report: """
                p.yaml:4:20: error[C220]: 203.0.113.10/24 has bits set beyond its length; did you \
                mean 203.0.113.0/24?
                    4 |   owned-prefixes: [203.0.113.10/24, 2001:db8:113::/48]
                      |                    ^~~~~~~~~~~~~~~

                """
        ),
        Slip(
            "an owned prefix of /129",
            "2001:db8:113::/48",
            becomes: "2001:db8:113::/129",
            report: """
                p.yaml:4:36: error[C220]: 2001:db8:113::/129 has a prefix length outside 0...128
                    4 |   owned-prefixes: [203.0.113.0/24, 2001:db8:113::/129]
                      |                                    ^~~~~~~~~~~~~~~~~~

                """
        ),
        Slip(
            "overlapping owned prefixes",
            "2001:db8:113::/48",
            becomes: "203.0.113.128/25",
            report: """
                p.yaml:4:36: error[C220]: 203.0.113.128/25 overlaps 203.0.113.0/24 at p.yaml:4:20
                    4 |   owned-prefixes: [203.0.113.0/24, 203.0.113.128/25]
                      |                                    ^~~~~~~~~~~~~~~~
                      = help: name each address once; the wider prefix is enough

                """
        ),
        Slip(
            "no owned prefixes",
            "[203.0.113.0/24, 2001:db8:113::/48]",
            becomes: "[]",
            report: """
                p.yaml:4:19: error[C108]: `bgp.owned-prefixes` is empty, so no VIP could be \
                announced
                    4 |   owned-prefixes: []
                      |                   ^

                """
        ),
        Slip(
            "no VIPs",
            """
            vips:
              - name: web
                address: 203.0.113.10
                services:
                  - { name: https, listen: 443/tcp, pool: web }

            """,
            becomes: """
                vips: []

                """,
            report: """
                p.yaml:11:7: error[C108]: `vips` is empty, so there is nothing to announce
                   11 | vips: []
                      |       ^
                      = help: to take this director out of service, drain it: penstock drain

                """
        ),
        Slip(
            "no services",
            """
            services:
                  - { name: https, listen: 443/tcp, pool: web }
            """,
            becomes: "services: []",
            report: """
                p.yaml:14:15: error[C108]: `services` is empty, so there is nothing to serve
                   14 |     services: []
                      |               ^

                """
        ),
        Slip(
            "a misspelt condition",
            """
                address: 203.0.113.10

            """,
            becomes: """
                    address: 203.0.113.10
                    advertise: { when: any-services }

                """,
            report: """
                p.yaml:14:24: error[C112]: `when` cannot be `any-services`; did you mean \
                `any-service`?
                   14 |     advertise: { when: any-services }
                      |                        ^~~~~~~~~~~~
                      = help: allowed: `all-services`, `any-service`

                """
        ),
        Slip(
            "fail-open, which is for later",
            """
                address: 203.0.113.10

            """,
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
    ]
}
