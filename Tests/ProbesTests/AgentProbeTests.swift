import Core
import Net
@testable import Probes
import Testing

/// Agents over real sockets: what comes of their words, and of those that mean harm.
@Suite(.timeLimit(.minutes(5))) struct AgentProbeTests {
    private static let method = Check.Method.agent(sent: Array("web\n".utf8))

    @Test(
        arguments: [
            ("75%\n", .l7ok, "75%", AgentWord(percent: 75)),
            ("up ready\r\n", .l7ok, "ready up", AgentWord(wish: .ready, health: .up)),
            ("drain", .l7ok, "drain", AgentWord(wish: .drain)),
            ("down #disk\u{1b} full\n", .l7status, "down #disk? full", AgentWord(health: .down)),
            ("stopped\nup\n", .l7status, "stopped", AgentWord(health: .stopped)),
            ("hello\n", .l7response, "no word of an agent: hello", nil),
            ("x%\n", .l7response, "not a share in percent: x%", nil),
            ("\n", .l7response, "no word of an agent: ", nil),
        ] as [(String, Outcome.Code, String, AgentWord?)]
    )
    func says(line: String, code: Outcome.Code, detail: String, word: AgentWord?) async throws {
        let outcome = try await LoopbackServer.run(.answer(Array(line.utf8), thenCloses: true)) {
            await Trial.patient($0, Self.method)
        }
        #expect(outcome.code == code, "\(outcome)")
        #expect(outcome.detail == detail)
        #expect(outcome.word == word)
    }

    /// An agent that was asked nothing speaks first, and that is enough.
    @Test func theLineIsAllThatIsWaitedFor() async throws {
        let outcome = try await LoopbackServer.run(.flood(Array("20%\n".utf8), filler: [0x61])) {
            await Trial.patient($0, .agent(sent: []))
        }
        #expect(outcome.word == AgentWord(percent: 20))
    }

    @Test func aLineWithoutAnEndIsCutOff() async throws {
        let filler = [UInt8](repeating: 0x61, count: 100)
        let outcome = try await LoopbackServer.run(.flood(filler, filler: filler)) {
            await Trial.patient($0, Self.method)
        }
        #expect(outcome.code == .l7response)
        #expect(outcome.detail.hasPrefix("a line of more than 1024 bytes: aaaa"))
        #expect(outcome.word == nil)
    }

    @Test func aClosedConnectionIsNoWord() async throws {
        let outcome = try await LoopbackServer.run(.answer([], thenCloses: true)) {
            await Trial.patient($0, Self.method)
        }
        #expect(outcome.code == .l7response && outcome.detail == "closed without a word")
    }
}
