import ArgumentParser

/// The program: one daemon, `run`, and the verbs that talk to it.
struct Penstock: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "penstock",
        abstract: "Announces anycast addresses from this director while they can be served.",
        discussion: ExitStatus.summary,
        subcommands: [RunCommand.self],
        groupedSubcommands: [
            CommandGroup(
                name: "Look",
                subcommands: [StatusCommand.self, ExplainCommand.self, ShowCommand.self]
            ),
            CommandGroup(
                name: "Change state",
                subcommands: [DrainCommand.self, UndrainCommand.self, BackendCommand.self]
            ),
            CommandGroup(
                name: "Configure",
                subcommands: [
                    CheckCommand.self, PlanCommand.self, ReloadCommand.self, DiffCommand.self,
                ]
            ),
            CommandGroup(name: "Prepare", subcommands: [RealServerCommand.self]),
            CommandGroup(
                name: "Without a daemon",
                subcommands: [
                    WithdrawCommand.self, IPVSCommand.self, CareCommand.self,
                ]
            ),
            CommandGroup(name: "Maintain", subcommands: [VersionCommand.self]),
        ]
    )

    // The same group is part of every verb, so that options may come before and after it.
    @OptionGroup var options: GlobalOptions
}
