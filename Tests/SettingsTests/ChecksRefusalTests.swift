import Settings
import Testing

/// Checks that could not work, and the exact words they are refused with.
@Suite struct ChecksRefusalTests {
    @Test(arguments: slips)
    func isRefused(slip: Slip) throws {
        #expect(try slip.rejection().description == slip.report)
    }

    static let slips: [Slip] = [
        Slip(
            "a path with a line break",
            "{ type: tcp }",
            becomes: "{ type: http, path: \"/\\r\\nHost: evil\" }",
            report: """
                p.yaml:6:30: error[C117]: `path` cannot be `/\u{fffd}\u{fffd}Host: evil`
                    6 |   alive: { type: http, path: "/\\r\\nHost: evil" }
                      |                              ^~~~~~~~~~~~~~~
                      = help: it begins with `/` and has no spaces, controls or `#`; write others \
                as %XX

                """
        ),
        Slip(
            "a path with a space",
            "{ type: tcp }",
            becomes: "{ type: http, path: /a b }",
            report: """
                p.yaml:6:30: error[C117]: `path` cannot be `/a b`
                    6 |   alive: { type: http, path: /a b }
                      |                              ^~~~
                      = help: it begins with `/` and has no spaces, controls or `#`; write others \
                as %XX

                """
        ),
        Slip(
            "a path that is not absolute",
            "{ type: tcp }",
            becomes: "{ type: http, path: readyz }",
            report: """
                p.yaml:6:30: error[C117]: `path` cannot be `readyz`
                    6 |   alive: { type: http, path: readyz }
                      |                              ^~~~~~
                      = help: it begins with `/` and has no spaces, controls or `#`; write others \
                as %XX

                """
        ),
        Slip(
            "a host with a line break",
            "{ type: tcp }",
            becomes: "{ type: http, host: \"a\\r\\nX: y\" }",
            report: """
                p.yaml:6:30: error[C117]: `host` cannot be `a\u{fffd}\u{fffd}X: y`
                    6 |   alive: { type: http, host: "a\\r\\nX: y" }
                      |                              ^~~~~~~~~
                      = help: a host name or an address, with an optional port: www.example.org:8080

                """
        ),
        Slip(
            "statuses out of range",
            "{ type: tcp }",
            becomes: """
                { type: http, expect: { status: [200, 99, 200-600, 299-200, ok] } }
                """,
            report: """
                p.yaml:6:48: error[C115]: `expect.status` cannot be `99`
                    6 |   alive: { type: http, expect: { status: [200, 99, 200-600, 299-200, ok] } }
                      |                                                ^~
                      = help: write a status or a range within 100-599: 200, or 200-299
                p.yaml:6:52: error[C115]: `expect.status` cannot be `200-600`
                    6 |   alive: { type: http, expect: { status: [200, 99, 200-600, 299-200, ok] } }
                      |                                                    ^~~~~~~
                      = help: write a status or a range within 100-599: 200, or 200-299
                p.yaml:6:61: error[C115]: `expect.status` cannot be `299-200`
                    6 |   alive: { type: http, expect: { status: [200, 99, 200-600, 299-200, ok] } }
                      |                                                             ^~~~~~~
                      = help: write a status or a range within 100-599: 200, or 200-299
                p.yaml:6:70: error[C115]: `expect.status` cannot be `ok`
                    6 |   alive: { type: http, expect: { status: [200, 99, 200-600, 299-200, ok] } }
                      |                                                                      ^~
                      = help: write a status or a range within 100-599: 200, or 200-299

                """
        ),
        Slip(
            "a check port of 0",
            "{ type: tcp }",
            becomes: "{ type: tcp, port: 0 }",
            report: """
                p.yaml:6:29: error[C115]: `port` must be 1 to 65535, not `0`
                    6 |   alive: { type: tcp, port: 0 }
                      |                             ^

                """
        ),
        Slip(
            "a path for a TCP check",
            "{ type: tcp }",
            becomes: "{ type: tcp, path: / }",
            report: """
                p.yaml:6:23: error[C110]: unknown key `path`
                    6 |   alive: { type: tcp, path: / }
                      |                       ^~~~
                      = help: a check of type `tcp` knows `type`, `port`, `every`, `timeout`, \
                `rise`, `fall`, `fast-every`, `sentinel`, `source`, `mark`, `mode`, `via`, `send`, \
                `expect`

                """
        ),
        Slip(
            "a sentinel that is a time",
            "{ type: tcp }",
            becomes: "{ type: tcp, sentinel: 3s }",
            report: """
                p.yaml:6:33: error[C112]: `sentinel` must be `true` or `false`, not `3s`
                    6 |   alive: { type: tcp, sentinel: 3s }
                      |                                 ^~

                """
        ),
        Slip(
            "a probe longer than its interval",
            "{ type: tcp }",
            becomes: "{ type: tcp, every: 1s, timeout: 2s }",
            report: """
                p.yaml:6:43: error[C216]: `timeout` (2s) is longer than `every` (1s)
                    6 |   alive: { type: tcp, every: 1s, timeout: 2s }
                      |                                           ^~
                      = help: a probe must end before the next one begins

                """
        ),
        Slip(
            "wrong defaults, said once",
            "{ type: tcp }",
            becomes: """
                { type: tcp }
                  defaults: { every: 1s, timeout: 2s }
                """,
            report: """
                p.yaml:7:35: error[C216]: `timeout` (2s) is longer than `every` (1s)
                    7 |   defaults: { every: 1s, timeout: 2s }
                      |                                   ^~
                      = help: a probe must end before the next one begins

                """
        ),
        Slip(
            "a fast interval that is slow",
            "{ type: tcp }",
            becomes: "{ type: tcp, fast-every: 3s }",
            report: """
                p.yaml:6:35: error[C216]: `fast-every` (3s) is longer than `every` (2s)
                    6 |   alive: { type: tcp, fast-every: 3s }
                      |                                   ^~
                      = help: it is the shorter time between probes while a change is being \
                confirmed

                """
        ),
        Slip(
            "rise of 0",
            "{ type: tcp }",
            becomes: "{ type: tcp, rise: 0 }",
            report: """
                p.yaml:6:29: error[C115]: `rise` must be 1 to 100, not `0`
                    6 |   alive: { type: tcp, rise: 0 }
                      |                             ^

                """
        ),
        Slip(
            "a sentinel of datagrams",
            "{ type: tcp }",
            becomes: "{ type: udp, send: x, sentinel: true }",
            report: """
                p.yaml:6:32: error[C118]: `sentinel` needs a check that makes a TCP connection, and \
                this one does not
                    6 |   alive: { type: udp, send: x, sentinel: true }
                      |                                ^~~~~~~~
                      = help: leave it out here, or give the service another check of type `tcp`

                """
        ),
        Slip(
            "a datagram of nothing",
            "{ type: tcp }",
            becomes: "{ type: udp }",
            report: """
                p.yaml:6:10: error[C108]: a check of type `udp` has no `send`
                    6 |   alive: { type: udp }
                      |          ^

                """
        ),
        Slip(
            "hexadecimal digits without a half",
            "{ type: tcp }",
            becomes: "{ type: udp, send: { hex: 0af } }",
            report: """
                p.yaml:6:36: error[C117]: `send.hex` cannot be `0af`
                    6 |   alive: { type: udp, send: { hex: 0af } }
                      |                                    ^~~
                      = help: write two hexadecimal digits for each byte: "00ff 10"

                """
        ),
        Slip(
            "two sources of one family",
            "{ type: tcp }",
            becomes: "{ type: tcp, source: [10.0.0.1, 10.0.0.2, ff02::1] }",
            report: """
                p.yaml:6:42: error[C118]: `source` has two addresses of the same family
                    6 |   alive: { type: tcp, source: [10.0.0.1, 10.0.0.2, ff02::1] }
                      |                                          ^~~~~~~~
                      = help: give one, or one of IPv4 and one of IPv6
                p.yaml:6:52: error[C209]: `source` cannot be ff02::1, which no packet comes from
                    6 |   alive: { type: tcp, source: [10.0.0.1, 10.0.0.2, ff02::1] }
                      |                                                    ^~~~~~~

                """
        ),
        Slip(
            "a mark of more than 32 bits",
            "{ type: tcp }",
            becomes: "{ type: tcp, mark: 0x100000000 }",
            report: """
                p.yaml:6:29: error[C115]: `mark` must be 1 to 4294967295, not `0x100000000`
                    6 |   alive: { type: tcp, mark: 0x100000000 }
                      |                             ^~~~~~~~~~~
                      = help: write it in decimal, or in hexadecimal with 0x before it

                """
        ),
        Slip(
            "headers that would end the request",
            "{ type: tcp }",
            becomes: """
                { type: http, headers: { "X-A": "1\\r\\nX-B: 2", "a b": 1, Host: x } }
                """,
            report: """
                p.yaml:6:42: error[C117]: `X-A` cannot be `1\u{fffd}\u{fffd}X-B: 2`
                    6 |   alive: { type: http, headers: { "X-A": "1\\r\\nX-B: 2", "a b": 1, Host: x } }
                      |                                          ^~~~~~~~~~~
                      = help: printable ASCII without blanks at its ends
                p.yaml:6:57: error[C117]: no header is called `a b`
                    6 |   alive: { type: http, headers: { "X-A": "1\\r\\nX-B: 2", "a b": 1, Host: x } }
                      |                                                         ^~~~~
                      = help: letters, digits and -, at most 64
                p.yaml:6:67: error[C118]: the header `Host` is not to be chosen: write `host` \
                beside `headers`
                    6 |   alive: { type: http, headers: { "X-A": "1\\r\\nX-B: 2", "a b": 1, Host: x } }
                      |                                                                   ^~~~

                """
        ),
        Slip(
            "a body of HEAD",
            "{ type: tcp }",
            becomes: "{ type: http, method: HEAD, expect: { body: ok } }",
            report: """
                p.yaml:6:24: error[C118]: an answer to `HEAD` has no body to expect something of
                    6 |   alive: { type: http, method: HEAD, expect: { body: ok } }
                      |                        ^~~~~~
                      = help: ask with `GET`, or expect a status only

                """
        ),
        Slip(
            "a digest that is none",
            "{ type: tcp }",
            becomes: "{ type: http, expect: { body-sha256: 00ff } }",
            report: """
                p.yaml:6:47: error[C117]: `expect.body-sha256` cannot be `00ff`
                    6 |   alive: { type: http, expect: { body-sha256: 00ff } }
                      |                                               ^~~~
                      = help: 64 hexadecimal digits, as sha256sum prints

                """
        ),
        Slip(
            "a question without a type",
            "{ type: tcp }",
            becomes: "{ type: dns, query: example.org }",
            report: """
                p.yaml:6:30: error[C117]: `query` cannot be `example.org`
                    6 |   alive: { type: dns, query: example.org }
                      |                              ^~~~~~~~~~~
                      = help: write a name and a type, one of `A`, `NS`, `CNAME`, `SOA`, `TXT`, \
                `AAAA`: "example.org SOA"

                """
        ),
        Slip(
            "an answer of another family",
            "{ type: tcp }",
            becomes: "{ type: dns, query: a.example AAAA, expect: [\"::1\", 10.0.0.1] }",
            report: """
                p.yaml:6:62: error[C117]: `expect` cannot be `10.0.0.1`
                    6 |   alive: { type: dns, query: a.example AAAA, expect: ["::1", 10.0.0.1] }
                      |                                                              ^~~~~~~~
                      = help: the answer to a question for AAAA is an IPv6 address

                """
        ),
        Slip(
            "an address as SNI",
            "{ type: tcp }",
            becomes: "{ type: tls, sni: 192.0.2.1 }",
            report: """
                p.yaml:6:28: error[C117]: `sni` cannot be `192.0.2.1`
                    6 |   alive: { type: tls, sni: 192.0.2.1 }
                      |                            ^~~~~~~~~
                      = help: a host name, not an address: www.example.org

                """
        ),
        Slip(
            "authorities for a certificate that nobody looks at",
            "{ type: tcp }",
            becomes: "{ type: https, verify-tls: false, ca: /etc/ca.pem }",
            report: """
                p.yaml:6:44: error[C118]: `ca` says whom to trust, and `verify-tls: false` that \
                nobody need be
                    6 |   alive: { type: https, verify-tls: false, ca: /etc/ca.pem }
                      |                                            ^~
                      = help: keep one of them

                """
        ),
        Slip(
            "an echo at a port, and of nothing",
            "{ type: tcp }",
            becomes: "{ type: icmp, port: 7, size: 0 }",
            report: """
                p.yaml:6:24: error[C118]: a check of type `icmp` has no `port`: it asks the host
                    6 |   alive: { type: icmp, port: 7, size: 0 }
                      |                        ^~~~
                p.yaml:6:39: error[C115]: `size` must be 8 to 1400, not `0`
                    6 |   alive: { type: icmp, port: 7, size: 0 }
                      |                                       ^

                """
        ),
        Slip(
            "an agent that counts, and nowhere",
            "{ type: tcp }",
            becomes: "{ type: agent, rise: 2 }",
            report: """
                p.yaml:6:10: error[C108]: a check of type `agent` has no `port`
                    6 |   alive: { type: agent, rise: 2 }
                      |          ^
                p.yaml:6:25: error[C110]: unknown key `rise`
                    6 |   alive: { type: agent, rise: 2 }
                      |                         ^~~~
                      = help: a check of type `agent` knows `type`, `port`, `every`, `timeout`, \
                `source`, `mark`, `send`

                """
        ),
        Slip(
            "nothing but an agent",
            "checks: [alive]",
            becomes: "checks: [{ type: agent, port: 9999 }]",
            report: """
                p.yaml:9:14: error[C118]: `agent-9999` is of type `agent`, and nothing else is \
                checked
                    9 |     checks: [{ type: agent, port: 9999 }]
                      |              ^
                      = help: an agent that is gone with its server changes nothing: add a check \
                that fails

                """
        ),
        Slip(
            "two agents",
            "checks: [alive]",
            becomes: "checks: [alive, { type: agent, port: 1 }, { type: agent, port: 2 }]",
            report: """
                p.yaml:9:47: error[C118]: a service has one check of type `agent`, and there is \
                one already: `agent-1`
                    9 |     checks: [alive, { type: agent, port: 1 }, { type: agent, port: 2 }]
                      |                                               ^
                      = help: two agents of one server could contradict each other

                """
        ),
    ]
}
