import Core

/// What an agent says: one line, and nothing after it is read.
struct AgentAnswer: Answer {
    private var line: [UInt8] = []

    var isStarted: Bool { !line.isEmpty }

    mutating func read(_ piece: ArraySlice<UInt8>) -> Exchange.Step {
        // One byte more than the longest line, which is then seen to be too long.
        line += piece.prefix(AgentReport.longestLine + 1 - line.count)
        let isFull = line.count > AgentReport.longestLine
        guard let said = AgentReport.line(in: line[...], isWhole: isFull) else { return .wait }
        return .settle(Self.judge(said))
    }

    mutating func end() -> Exchange.Judgement {
        guard isStarted, let said = AgentReport.line(in: line[...], isWhole: true) else {
            return .init(code: .l7response, "closed without a word")
        }
        return Self.judge(said)
    }

    private static func judge(_ line: ArraySlice<UInt8>) -> Exchange.Judgement {
        do throws(AgentReport.Fault) {
            let report = try AgentReport(parsing: line)
            let words = "\(report.word)"
            let detail =
                report.description.isEmpty
                ? words : "\(words) #\(Evidence.printable(report.description))"
            let isDown = report.word.health?.isDown == true
            return .init(code: isDown ? .l7status : .l7ok, detail, word: report.word)
        } catch {
            let shown = Evidence.printable(line)
            switch error {
            case .tooLong:
                let limit = AgentReport.longestLine
                return .init(code: .l7response, "a line of more than \(limit) bytes: \(shown)")
            case .nothingSaid: return .init(code: .l7response, "no word of an agent: \(shown)")
            case .badWeight: return .init(code: .l7response, "not a share in percent: \(shown)")
            }
        }
    }
}
