/// Lines that belong together: a connection runs them in order with no other script's lines in
/// between, since what a line means depends on the node the last one led to.
package struct VTYScript: Hashable, Sendable {
    /// One line and what its refusal means for the rest.
    package struct Step: Hashable, Sendable {
        /// What is sent.
        package let line: VTYLine
        /// True when the later steps make no sense after a refusal: the way into a node.
        package let isRequired: Bool

        /// A step that later ones depend on; nothing is sent before its reply is here.
        package static func required(_ line: VTYLine) -> Step {
            Step(line: line, isRequired: true)
        }

        /// A step whose refusal concerns nothing else; several may be in flight.
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
    /// How many reported steps may be in flight together.
    package var pipelining: VTYPipelining

    /// The script of these steps.
    package init(
        _ steps: [Step],
        closing: VTYLine? = nil,
        allowance: VTYAllowance,
        pipelining: VTYPipelining = .none
    ) {
        self.steps = steps
        self.closing = closing
        self.allowance = allowance
        self.pipelining = pipelining
    }
}

/// One run of a script, without I/O: replies in, next lines out.
package struct VTYScriptRun: Sendable {
    /// What the connection has to do next.
    package enum Action: Hashable, Sendable {
        /// Send these lines, in one write, and hand in their replies.
        case send([VTYLine])
        /// Nothing: replies to lines sent earlier are due.
        case wait
        /// Give these replies to whoever asked.
        case finish([VTYReply])
    }

    private let script: VTYScript
    private var replies: [VTYReply] = []
    /// How many steps were sent; those beyond the replies are in flight.
    private var sent = 0
    private var bytesInFlight = 0
    private var isStopped = false
    private var isClosing = false

    /// A run that has not begun.
    package init(_ script: VTYScript) { self.script = script }

    /// The line whose reply is due next, for errors.
    package var currentLine: VTYLine? {
        if isClosing { return script.closing }
        return replies.count < script.steps.count ? script.steps[replies.count].line : nil
    }

    /// The connection is ours; answers what comes first.
    package mutating func started() -> Action {
        replies.reserveCapacity(script.steps.count)
        return advance()
    }

    /// The reply to the oldest line in flight is here.
    ///
    /// The replies finally given out belong to the first steps in order; there are fewer of them
    /// than steps when a required one was refused, which is then the last.
    package mutating func replied(_ reply: VTYReply) -> Action {
        // The closing line only tidies up; what it answers is nobody's business.
        if isClosing { return .finish(replies) }
        let step = script.steps[replies.count]
        replies.append(reply)
        bytesInFlight -= step.line.wireBytes
        if step.isRequired, reply.status != .success { isStopped = true }
        return advance()
    }

    private mutating func advance() -> Action {
        let inFlight = sent - replies.count
        if !isStopped, sent < script.steps.count {
            // A window that is topped up line by line costs a write for each of them.
            guard inFlight <= script.pipelining.window / 2 else { return .wait }
            let lines = fill()
            return lines.isEmpty ? .wait : .send(lines)
        }
        guard inFlight == 0 else { return .wait }
        guard let closing = script.closing, !replies.isEmpty else { return .finish(replies) }
        isClosing = true
        return .send([closing])
    }

    /// The lines that may go out now.
    private mutating func fill() -> [VTYLine] {
        var lines: [VTYLine] = []
        while sent < script.steps.count {
            let step = script.steps[sent]
            let inFlight = sent - replies.count
            if inFlight > 0 {
                let fits =
                    inFlight < script.pipelining.window
                    && bytesInFlight + step.line.wireBytes <= VTYPipelining.bytes
                // Before and behind a line that leads into a node, nothing is in flight.
                guard !step.isRequired, !script.steps[sent - 1].isRequired, fits else { break }
            }
            lines.append(step.line)
            bytesInFlight += step.line.wireBytes
            sent += 1
        }
        return lines
    }
}
