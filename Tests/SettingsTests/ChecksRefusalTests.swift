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
                `rise`, `fall`, `fast-every`, `sentinel`

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
    ]
}
