/// Lines that belong together: a connection runs them in order, one at a time, with no other
/// script's lines in between, since what a line means depends on the node the last one led to.
package struct VTYScript: Hashable, Sendable {
    /// One line and what its refusal means for the rest.
    package struct Step: Hashable, Sendable {
        /// What is sent.
        package let line: VTYLine
        /// True when the later steps make no sense after a refusal: the way into a node.
        package let isRequired: Bool

        /// A step that later ones depend on.
        package static func required(_ line: VTYLine) -> Step {
            Step(line: line, isRequired: true)
        }

        /// A step whose refusal concerns nothing else.
        package static func reported(_ line: VTYLine) -> Step {
            Step(line: line, isRequired: false)
        }
    }

    /// The lines in the order in which they are sent.
    package var steps: [Step]
    /// A line sent whatever happened before, so that no connection stays in a configuration node:
    /// old daemons have one lock for all of them.
    package var closing: VTYLine?
    /// The time and text each single line may take.
    package var allowance: VTYAllowance

    /// The script of these steps.
    package init(_ steps: [Step], closing: VTYLine? = nil, allowance: VTYAllowance) {
        self.steps = steps
        self.closing = closing
        self.allowance = allowance
    }
}

/// One run of a script, without I/O: replies in, next line out.
package struct VTYScriptRun: Sendable {
    /// What the connection has to do next.
    package enum Action: Hashable, Sendable {
        /// Send this line and hand in its reply.
        case send(VTYLine)
        /// Give these replies to whoever asked.
        case finish([VTYReply])
    }

    private let script: VTYScript
    private var replies: [VTYReply] = []
    private var isClosing = false

    /// A run that has not begun.
    package init(_ script: VTYScript) { self.script = script }

    /// The line whose reply is due, for errors.
    package var currentLine: VTYLine? {
        if isClosing { return script.closing }
        return replies.count < script.steps.count ? script.steps[replies.count].line : nil
    }

    /// The connection is ours; answers what comes first.
    package func started() -> Action {
        script.steps.first.map { .send($0.line) } ?? .finish([])
    }

    /// The reply to the last line sent is here.
    ///
    /// The replies finally given out belong to the first steps in order; there are fewer of them
    /// than steps when a required one was refused, which is then the last.
    package mutating func replied(_ reply: VTYReply) -> Action {
        // The closing line only tidies up; what it answers is nobody's business.
        if isClosing { return .finish(replies) }
        let step = script.steps[replies.count]
        replies.append(reply)
        let goesOn = reply.status == .success || !step.isRequired
        if goesOn, replies.count < script.steps.count {
            return .send(script.steps[replies.count].line)
        }
        guard let closing = script.closing else { return .finish(replies) }
        isClosing = true
        return .send(closing)
    }
}
