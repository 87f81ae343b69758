internal import ArgumentParser
internal import Core
internal import IPVS

/// `penstock ipvs`: the kernel's table at hand, without a daemon.
struct IPVSCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ipvs",
        abstract: "Show, save, restore and watch this kernel's IPVS table; no daemon is needed.",
        subcommands: [
            IPVSListCommand.self, IPVSSaveCommand.self, IPVSRestoreCommand.self,
            IPVSWatchCommand.self,
        ]
    )

    @OptionGroup var options: GlobalOptions
}

extension Terminal {
    /// Does the work of a verb that asks the kernel itself, tells what went wrong, and ends the
    /// program with the right code.
    func performAlone(_ work: (Terminal) async throws -> ExitStatus) async throws {
        let status: ExitStatus
        do {
            status = try await work(self)
        } catch let error as IPVSError {
            try report(FaultScreen.lines(Fault(error)))
            throw ExitStatus(error).exit
        }
        guard status == .success else { throw status.exit }
    }
}

extension GlobalOptions {
    /// The same on the terminal that the options speak of.
    func performAlone(_ work: (Terminal) async throws -> ExitStatus) async throws {
        try await terminal.performAlone(work)
    }
}

extension Fault {
    /// What the library says of an error, as every other fault is told.
    init(_ error: IPVSError) {
        self.init(
            code: error.code,
            summary: error.summary,
            because: error.because,
            fix: error.fix
        )
    }
}

extension ExitStatus {
    /// What an error of IPVS ends the program with.
    init(_ error: IPVSError) {
        switch error {
        case .absent: self = .unreachable
        case .notPermitted: self = .forbidden
        default: self = .problem
        }
    }
}
