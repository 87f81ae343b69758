internal import ArgumentParser
internal import Core
internal import IPVS

/// `penstock ipvs save`: the table as rules.
struct IPVSSaveCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "save",
        abstract: "Write the table as rules that `penstock ipvs restore` and `ipvsadm -R` read.",
        discussion: """
            Addresses and ports are written as numbers. Real servers come in the order in which \
            they were added, so that restoring them gives the kernel's list, and with it the table \
            of Maglev hashing, as it is now. Thresholds are written, too; ipvsadm forgets them.
            """
    )

    @OptionGroup var options: GlobalOptions

    @Flag(help: "Sort real servers by address, as ipvsadm -Sn does.")
    var sort = false

    func run() async throws {
        try await options.performAlone { terminal in
            let operations = try await Client.live().table().operations(isSorted: sort)
            do {
                try terminal.show(text: try RuleFile.text(operations))
                return .success
            } catch let unsayable as RuleFile.Unsayable {
                let fault = Fault(
                    code: "C353",
                    summary: "the table cannot be saved: no rule can say \(unsayable)",
                    because: "another program has put it there",
                    fix: "penstock ipvs list --json shows everything"
                )
                try terminal.report(FaultScreen.lines(fault))
                return .problem
            }
        }
    }
}
