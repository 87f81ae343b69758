internal import ArgumentParser

/// `penstock ipvs restore`: rules into the kernel.
struct IPVSRestoreCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "restore",
        abstract: "Carry out a file of rules as `ipvsadm -S` and `penstock ipvs save` write them.",
        discussion: """
            The file is read as a whole first: if one line of it is not understood, all bad lines \
            are named and nothing is carried out. Like ipvsadm -R it adds to what is there, and a \
            rule that the kernel refuses is named and does not stop the others. With --replace the \
            file is the whole table: only what differs is written, and what is not in the file is \
            removed, whoever added it.

            Names of ports are looked up in /etc/services; names of hosts are not resolved.
            """
    )

    @OptionGroup var options: GlobalOptions

    @Argument(help: "The file; - or nothing is the standard input.")
    var file = "-"

    @Flag(help: "Make the table exactly what the file says.")
    var replace = false

    @Flag(help: "Check the file and show what would be sent; changes nothing.")
    var dryRun = false

    func run() async throws {
        let restoration = Restoration(file: file, replace: replace, dryRun: dryRun)
        try await options.terminal.performAlone { try await restoration.run(on: $0) }
    }
}
