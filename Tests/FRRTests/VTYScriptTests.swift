import FRR
import Testing

/// The order of lines, and where a refusal ends it.
@Suite struct VTYScriptTests {
    private static let ok = VTYReply(bytes: [], status: .success)
    private static let refusal = VTYReply(bytes: [], status: .configurationFailed)
    private static let allowance = VTYAllowance(deadline: .seconds(1), replyBytes: 10)

    /// A refused required line ends the steps, a refused reported one does not, and the closing
    /// line comes in every case.
    @Test(arguments: [
        ([true, true, true], ["1", "2", "3", "end"]),
        ([true, false, true], ["1", "2", "3", "end"]),
        ([false, true, true], ["1", "end"]),
        ([true, true, false], ["1", "2", "3", "end"]),
    ])
    func sends(accepted: [Bool], lines: [String]) throws {
        let script = VTYScript(
            [
                .required(try VTYLine(validating: "1")),
                .reported(try VTYLine(validating: "2")),
                .required(try VTYLine(validating: "3")),
            ],
            closing: .end,
            allowance: Self.allowance
        )
        var run = VTYScriptRun(script)
        var action = run.started()
        var sent: [String] = []
        while case .send(let line) = action {
            #expect(run.currentLine == line)
            sent.append(line.text)
            let isAccepted = sent.count > accepted.count || accepted[sent.count - 1]
            action = run.replied(isAccepted ? Self.ok : Self.refusal)
        }
        #expect(sent == lines)
        // The reply to the closing line is not among them.
        let expected = accepted.prefix(lines.count - 1).map { $0 ? Self.ok : Self.refusal }
        #expect(action == .finish(expected))
    }

    @Test func anEmptyScriptIsFinished() {
        let run = VTYScriptRun(VTYScript([], allowance: Self.allowance))
        #expect(run.started() == .finish([]))
    }
}
