/// The result of one probe.
package struct Outcome: Hashable, Sendable {
    /// HAProxy's codes for what happened, which operators know from its statistics page.
    package enum Code: String, Hashable, Sendable, CaseIterable {
        /// The connection was made; nothing more was asked.
        case l4ok = "L4OK"
        /// No connection within the deadline.
        case l4timeout = "L4TOUT"
        /// The connection was refused or is impossible.
        case l4connection = "L4CON"
        /// The handshake of TLS succeeded; nothing more was asked.
        case l6ok = "L6OK"
        /// No whole handshake of TLS within the deadline.
        case l6timeout = "L6TOUT"
        /// The handshake of TLS failed, or the certificate is not to be trusted.
        case l6response = "L6RSP"
        /// The answer was the expected one.
        case l7ok = "L7OK"
        /// No whole answer within the deadline.
        case l7timeout = "L7TOUT"
        /// The answer is not valid, too long, ended early, or says something else than expected.
        case l7response = "L7RSP"
        /// The answer is valid and has another status than expected.
        case l7status = "L7STS"
        /// The probe could not be run here; says nothing about the server.
        case socketError = "SOCKERR"

        /// All of them, in the order of their numbers.
        package static let all = allCases

        /// Its place among all: to compare codes, and to count by them, without their texts.
        package var number: Int {
            switch self {
            case .l4ok: 0
            case .l4timeout: 1
            case .l4connection: 2
            case .l6ok: 3
            case .l6timeout: 4
            case .l6response: 5
            case .l7ok: 6
            case .l7timeout: 7
            case .l7response: 8
            case .l7status: 9
            case .socketError: 10
            }
        }
    }

    /// What a probe says about its target.
    package enum Verdict: Hashable, Sendable {
        case passed
        case failed
        /// The probe itself could not be run: no descriptor, no source port, no memory.
        case unknown
    }

    /// What happened.
    package let code: Code
    /// One line of evidence for an operator: what the other side said or did.
    package let detail: String
    /// What the agent of the server said, where it was one that was asked.
    package var word: AgentWord?
    // As small as they can be said: the last result of every target is kept.
    private let statusCode: UInt16
    /// Whether there was a connection, and what failed is something else that the server does.
    package let isDespiteConnection: Bool
    private let nanoseconds: Int64

    /// The HTTP status, where there was one.
    package var status: Int? { statusCode == 0 ? nil : Int(statusCode) }
    /// How long it took from its start.
    package var duration: Duration { .nanoseconds(nanoseconds) }

    /// A result of these parts; `status` is within 100...599 and `duration` at most a day.
    ///
    /// Only with `l4connection` can there be none, so only with that `isDespiteConnection` counts.
    package init(
        _ code: Code,
        status: Int? = nil,
        detail: String = "",
        duration: Duration = .zero,
        word: AgentWord? = nil,
        isDespiteConnection: Bool = false
    ) {
        self.code = code
        self.detail = detail
        self.word = word
        statusCode = UInt16(clamping: status ?? 0)
        self.isDespiteConnection = isDespiteConnection && code == .l4connection
        nanoseconds = duration.nanoseconds
    }

    /// Whether there was no connection to ask anything over, said by the other side or the path.
    package var isRefusal: Bool {
        // By its number: what has a text is compared by that, and this is asked for every probe.
        code.number == Code.l4connection.number && !isDespiteConnection
    }

    /// The same with more evidence.
    package func adding(_ evidence: String) -> Outcome {
        Outcome(
            code,
            status: status,
            detail: detail.isEmpty ? evidence : "\(detail); \(evidence)",
            duration: duration,
            word: word,
            isDespiteConnection: isDespiteConnection
        )
    }

    /// The same after `earlier` of the same target, with what its agent said then and did not
    /// say now.
    package func following(_ earlier: Outcome) -> Outcome {
        guard let before = earlier.word else { return self }
        var outcome = self
        outcome.word = before.followed(by: word ?? AgentWord())
        return outcome
    }

    /// What it says about the target.
    package var verdict: Verdict {
        switch code {
        case .l4ok, .l6ok, .l7ok: .passed
        case .l4timeout, .l4connection, .l6timeout, .l6response, .l7timeout, .l7response, .l7status:
            .failed
        case .socketError: .unknown
        }
    }
}

extension Outcome: CustomStringConvertible {
    /// The code, the status and the evidence: `L7STS 503 Service Unavailable`.
    package var description: String {
        var words = [code.rawValue]
        if let status { words.append("\(status)") }
        if !detail.isEmpty { words.append(detail) }
        return words.joined(separator: " ")
    }
}
