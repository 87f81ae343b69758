/// A place that breaks a rule, with what to do instead.
struct Finding: Hashable, Sendable, CustomStringConvertible {
    /// The path from the top of the repository.
    let path: String
    /// The line, counted from 1.
    let line: Int
    /// The name of the rule.
    let rule: String
    /// What to do instead.
    let advice: String

    var description: String { "\(path):\(line): \(rule): \(advice)" }
}
