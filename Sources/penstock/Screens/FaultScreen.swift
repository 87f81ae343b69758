package import API
package import Core

/// How an error is told on the command line.
package enum FaultScreen {
    /// The lines for a failed request: the configuration's errors where there are any, otherwise
    /// the fault with its evidence and what to do.
    package static func lines(_ failure: ControlFailure) -> [StyledText] {
        guard !failure.problems.isEmpty else { return lines(failure.fault) }
        let problems = failure.problems.flatMap { problem in
            problem.rendered.split(separator: "\n", omittingEmptySubsequences: false)
                .map { StyledText(String($0)) }
        }
        return problems + lines(failure.fault)
    }

    /// The lines for a fault.
    package static func lines(_ fault: Fault) -> [StyledText] {
        var lines = [
            StyledText("penstock: ") + StyledText("error[\(fault.code)]", .bad)
                + StyledText(": \(fault.summary)")
        ]
        if !fault.because.isEmpty { lines.append(StyledText("  because  \(fault.because)")) }
        if !fault.fix.isEmpty { lines.append(StyledText("  fix      \(fault.fix)")) }
        return lines
    }
}
