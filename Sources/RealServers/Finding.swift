/// What is to be said about one thing that a real server needs.
package struct Finding: Hashable, Sendable {
    /// How it stands.
    package enum Standing: String, Hashable, Sendable, Codable, CaseIterable {
        /// It is as it should be.
        case right
        /// It is not, and a step puts that right.
        case missing
        /// It is not, and only the operator can put it right.
        case obstacle
    }

    /// What it is about: an address on a link, a link, or a setting.
    package var subject: String
    /// How it stands.
    package var standing: Standing
    /// What was seen.
    package var found: String
    /// What should be seen.
    package var wanted: String
    /// What goes wrong otherwise, in one sentence without a full stop.
    package var cost: String
    /// What to do about it, as a command where there is one; empty when it is right.
    package var fix: String
    /// What puts it right; `nil` unless it is missing.
    package var step: Step?

    /// A finding of these parts.
    package init(
        _ subject: String,
        _ standing: Standing,
        found: String,
        wanted: String,
        cost: String,
        fix: String = "",
        step: Step? = nil
    ) {
        self.subject = subject
        self.standing = standing
        self.found = found
        self.wanted = wanted
        self.cost = cost
        self.fix = fix
        self.step = step
    }
}
