/// A file of rules, read as a whole: either every line of it is understood, or none counts.
package struct RuleFile: Sendable {
    /// About what a line takes, to make room ahead.
    private static let usualBytes = 32

    /// The rules, in the order of the file.
    package let rules: [Rule]
    /// What was understood, and probably means something else than its writer thought.
    package let warnings: [RuleProblem]

    /// Why a file was refused: every line in it that is not a rule.
    package struct Rejection: Error, Hashable, Sendable {
        /// The bad lines, and the warnings on others, in the order of the file.
        package let problems: [RuleProblem]

        /// A file with these problems.
        package init(problems: [RuleProblem]) { self.problems = problems }
    }

    /// Reads the bytes of a file.
    ///
    /// - Parameters:
    ///   - text: ASCII; what is not part of a rule or a comment is refused.
    ///   - portNamed: Where names of ports are looked up; host names never are.
    /// - Throws: `Rejection` with every bad line, so that a file is put right in one go.
    package init(
        parsing text: [UInt8],
        portNamed: @escaping PortNames = { _, _ in nil }
    ) throws(Rejection) {
        var rules: [Rule] = []
        rules.reserveCapacity(text.count / Self.usualBytes)
        var problems: [RuleProblem] = []
        var plain = PlainRules(text)
        var number = 0
        var start = 0
        while start <= text.count {
            let line = start..<plain.lineEnd(from: start)
            start = line.upperBound + 1
            number += 1
            if let operation = plain.operation(in: line) {
                rules.append(Rule(operation, line: number))
                continue
            }
            do throws(RuleProblem.Reason) {
                guard let reader = try RuleReader(RuleLine(text[line]), portNamed: portNamed) else {
                    continue
                }
                let (operation, warnings) = try reader.read()
                rules.append(Rule(operation, line: number))
                problems += warnings.map { RuleProblem(.warning, $0, line: number) }
            } catch {
                problems.append(RuleProblem(.error, error, line: number))
            }
        }
        guard !problems.contains(where: { $0.severity == .error }) else {
            throw Rejection(problems: problems)
        }
        self.rules = rules
        warnings = problems
    }

    /// The text of these rules, a line each.
    ///
    /// - Throws: `Unsayable` for what the format has no words for.
    package static func text(_ operations: [Operation]) throws(Unsayable) -> String {
        var text = ""
        for operation in operations {
            text += try operation.rule
            text += "\n"
        }
        return text
    }

    /// Something the kernel holds that no rule can say.
    package struct Unsayable: Error, Hashable, Sendable, CustomStringConvertible {
        /// What it is.
        package let description: String

        /// No rule can say this.
        package init(_ description: String) { self.description = description }
    }
}

extension UInt8 {
    /// The end of a line.
    static let lineFeed = UInt8(ascii: "\n")
}
