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
        while case .send(let lines) = action {
            let line = try #require(lines.first)
            #expect(run.currentLine == line && lines.count == 1)
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
        var run = VTYScriptRun(VTYScript([], allowance: Self.allowance))
        #expect(run.started() == .finish([]))
    }

    /// Plays a run against a daemon that answers one line after the other, and says what was in
    /// flight at most, in lines and bytes, besides the order of the lines.
    private static func play(
        _ script: VTYScript,
        refusing refused: Set<String> = []
    ) -> (sent: [String], deepest: Int, replies: [VTYReply]) {
        var run = VTYScriptRun(script)
        var action = run.started()
        var queue: [VTYLine] = []
        var sent: [String] = []
        var deepest = 0
        // A run ends: every script has an end.
        while true {
            switch action {
            case .finish(let replies): return (sent, deepest, replies)
            case .wait: break
            case .send(let lines):
                queue += lines
                sent += lines.map(\.text)
            }
            deepest = max(deepest, queue.count)
            let line = queue.removeFirst()
            action = run.replied(refused.contains(line.text) ? refusal : ok)
        }
    }

    private static func script(_ statements: Int, _ window: Int) throws -> VTYScript {
        let way = try ["a", "b"].map { VTYScript.Step.required(try VTYLine(validating: $0)) }
        let lines = try (0..<statements).map {
            VTYScript.Step.reported(try VTYLine(validating: "\($0)"))
        }
        return VTYScript(
            way + lines + [.required(.exitAddressFamily)] + lines,
            closing: .end,
            allowance: allowance,
            pipelining: try #require(VTYPipelining(window))
        )
    }

    /// Whatever the window, the same lines go out in the same order, and never more at a time.
    @Test(arguments: [1, 2, 3, 16, 64], [0, 1, 2, 63, 64, 65, 500])
    func keepsToItsWindow(window: Int, statements: Int) throws {
        let script = try Self.script(statements, window)
        let (sent, deepest, replies) = Self.play(script)
        #expect(sent == script.steps.map(\.line.text) + ["end"])
        #expect(deepest == max(1, min(window, statements)))
        #expect(replies.count == script.steps.count)
    }

    /// A statement that is refused stops nothing; a refused way into a node stops all behind it,
    /// and nothing was sent ahead of its reply.
    @Test func stopsBeforeANodeThatIsRefused() throws {
        let script = try Self.script(100, 64)
        let refused = Self.play(script, refusing: ["7", "exit-address-family"])
        #expect(refused.sent.count == 2 + 100 + 1 + 1 && refused.sent.last == "end")
        #expect(refused.replies.count == 103 && refused.replies[9] == Self.refusal)
        let first = Self.play(script, refusing: ["a"])
        #expect(first.sent == ["a", "end"] && first.replies == [Self.refusal])
    }

    /// Long lines fill the window by their bytes.
    @Test func boundsTheBytesInFlight() throws {
        let long = String(repeating: "x", count: VTYLimits.lineBytes)
        let lines = try (0..<20).map { _ in VTYScript.Step.reported(try VTYLine(validating: long)) }
        let script = VTYScript(
            lines,
            allowance: Self.allowance,
            pipelining: try #require(VTYPipelining(64))
        )
        #expect(Self.play(script).deepest == 2)
    }

    @Test func aWindowHasBounds() {
        #expect([0, -1, 65].allSatisfy { VTYPipelining($0) == nil })
        #expect(VTYPipelining(64)?.window == 64 && VTYPipelining.none.window == 1)
    }

    @Test(arguments: [
        ("FRRouting 8.4.4 (r1).", 64), ("FRRouting 10.6.1 (r1).", 64), ("Quagga 1.2.4 (r1).", 1),
    ])
    func theDaemonDecidesItsWindow(text: String, window: Int) throws {
        #expect(VTYPipelining.automatic(for: try DaemonVersion(parsing: text)).window == window)
        #expect(VTYPipelining.automatic(for: nil).window == 1)
    }
}
