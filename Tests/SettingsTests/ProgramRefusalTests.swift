import Settings
import Testing

/// Programs that could not be run as a check, and the exact words they are refused with.
@Suite struct ProgramRefusalTests {
    @Test(arguments: slips)
    func isRefused(slip: Slip) throws {
        #expect(try slip.rejection().description == slip.report)
    }

    static let slips: [Slip] = [
        Slip(
            "a program without a command",
            "{ type: tcp }",
            becomes: "{ type: exec }",
            report: """
                p.yaml:6:10: error[C108]: a check of type `exec` has no `command`
                    6 |   alive: { type: exec }
                      |          ^

                """
        ),
        Slip(
            "a command for a shell",
            "{ type: tcp }",
            becomes: "{ type: exec, command: check -H }",
            report: """
                p.yaml:6:33: error[C107]: `command` is a list of a file and its arguments, \
                not a single value
                    6 |   alive: { type: exec, command: check -H }
                      |                                 ^~~~~~~~
                      = help: no shell reads it: write \
                [/usr/lib/nagios/plugins/check_mysql, -H, ...]

                """
        ),
        Slip(
            "a command without a path",
            "{ type: tcp }",
            becomes: "{ type: exec, command: [check] }",
            report: """
                p.yaml:6:34: error[C117]: `command` cannot have `check`
                    6 |   alive: { type: exec, command: [check] }
                      |                                  ^~~~~
                      = help: its first word is the whole path of a file, as in \
                /usr/local/bin/check

                """
        ),
        Slip(
            "a command of nothing",
            "{ type: tcp }",
            becomes: "{ type: exec, command: [] }",
            report: """
                p.yaml:6:33: error[C102]: `command` has 1 to 64 words, not 0
                    6 |   alive: { type: exec, command: [] }
                      |                                 ^

                """
        ),
        Slip(
            "a user that is none",
            "{ type: tcp }",
            becomes: "{ type: exec, command: [/a], user: \"a:b\" }",
            report: """
                p.yaml:6:45: error[C117]: `user` cannot be `a:b`
                    6 |   alive: { type: exec, command: [/a], user: "a:b" }
                      |                                             ^~~~~
                      = help: the name of a user of this host

                """
        ),
        Slip(
            "a program without memory",
            "{ type: tcp }",
            becomes: "{ type: exec, command: [/a], memory-mib: 1 }",
            report: """
                p.yaml:6:51: error[C115]: `memory-mib` must be 16 to 65536, not `1`
                    6 |   alive: { type: exec, command: [/a], memory-mib: 1 }
                      |                                                   ^

                """
        ),
        Slip(
            "a program with a mark of our own",
            "{ type: tcp }",
            becomes: "{ type: exec, command: [/a], mark: 7 }",
            report: """
                p.yaml:6:39: error[C118]: `mark` is not for a check of type `exec`: a \
                program opens its own connections
                    6 |   alive: { type: exec, command: [/a], mark: 7 }
                      |                                       ^~~~
                      = help: give it to the program as an argument, if that takes one

                """
        ),
        Slip(
            "a program with a sentinel",
            "{ type: tcp }",
            becomes: "{ type: exec, command: [/a], sentinel: true }",
            report: """
                p.yaml:6:39: error[C118]: `sentinel` needs a check that makes a TCP \
                connection, and this one does not
                    6 |   alive: { type: exec, command: [/a], sentinel: true }
                      |                                       ^~~~~~~~
                      = help: leave it out here, or give the service another check of type \
                `tcp`

                """
        ),
    ]
}
