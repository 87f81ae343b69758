import IPVS
import Net
import TestSupport
import Testing

/// The form in which nearly all lines come has a reader of its own, which must say what the one
/// for every form says.
@Suite struct PlainRulesTests {
    /// What came of a line; where in it something is wrong is told without its indentation.
    private struct Outcome: Hashable {
        var operations: [IPVS.Operation] = []
        var problems: [RuleProblem.Reason] = []

        init(of text: [UInt8], indentation: Int) {
            func moved(_ problem: RuleProblem) -> RuleProblem.Reason {
                let columns = problem.reason.columns
                // The line as a whole begins with its indentation.
                let start = max(0, columns.lowerBound - indentation)
                return RuleProblem.Reason(
                    start..<(columns.upperBound - indentation),
                    problem.reason.message,
                    help: problem.reason.help
                )
            }
            do throws(RuleFile.Rejection) {
                let file = try RuleFile(parsing: text)
                operations = file.rules.map(\.operation)
                problems = file.warnings.map(moved)
            } catch {
                problems = error.problems.map(moved)
            }
        }
    }

    /// Only the reader for every form takes a line that is indented.
    @Test(arguments: 0..<3000 as Range<UInt64>)
    func saysWhatTheOtherReaderSays(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var text = Array(random.plainRule().utf8)
        if random.chance(2) {
            let place = Int.random(in: 0..<text.count, using: &random)
            let bytes = Array("0123456789.:-agmrstuwA \t".utf8)
            let byte = bytes[Int.random(in: 0..<bytes.count, using: &random)]
            switch Int.random(in: 0..<3, using: &random) {
            case 0: text[place] = byte
            case 1: text.insert(byte, at: place)
            default: text.remove(at: place)
            }
        }
        // An indentation that is taken for one, whatever the line begins with now.
        guard let first = text.first, first != UInt8(ascii: " "), first != UInt8(ascii: "\t") else {
            return
        }
        let plain = Outcome(of: text, indentation: 0)
        let other = Outcome(of: Array("  ".utf8) + text, indentation: 2)
        #expect(plain == other, "\(String(decoding: text, as: UTF8.self))")
    }
}

extension SeededGenerator {
    /// A rule as ipvsadm writes it, most often.
    fileprivate mutating func plainRule() -> String {
        let dotted = (0..<2).map { _ in "\(address(.v4))" }
        let ports = ["\(bits(UInt16.self))", "0", "65536", "080", "80"]
        let port = ports[Int.random(in: 0..<ports.count, using: &self)]
        let other = chance(4) ? "81" : port
        let transport = chance(3) ? "-u" : "-t"
        let service = "\(transport) \(dotted[0]):\(port)"
        if chance(3) {
            let schedulers = ["rr", "wlc", "mh", "averyveryverylongname", "mh -b mh-port", "rr -o"]
            return "-A \(service) -s \(schedulers[Int.random(in: 0..<6, using: &self)])"
        }
        let ways = ["-g", "-m", "-i", "-g -x 9"]
        let weights = ["1", "0", "65535", "65536", "007", "70000", "100000"]
        return "-a \(service) -r \(dotted[1]):\(other) "
            + ways[Int.random(in: 0..<ways.count, using: &self)] + " -w "
            + weights[Int.random(in: 0..<weights.count, using: &self)]
    }
}
