import Core
import NIOCore

/// One probe from its connection to its judgement, without a socket or a clock.
///
/// The driver tells what happened and does what `Step` says; after `.settle` it asks no more.
struct Exchange: Sendable {
    /// What the driver is to do next.
    enum Step: Hashable, Sendable {
        /// Nothing until something happens.
        case wait
        /// Send the request.
        case ask(HTTPExpectation)
        /// The probe is over: report this, close the connection.
        case settle(Judgement)
    }

    /// What came of it; an `Outcome` but for the time it took, which only the driver knows.
    struct Judgement: Hashable, Sendable {
        let code: Outcome.Code
        var status: Int?
        let detail: String
    }

    private enum State: Sendable {
        case connecting
        case reading(HTTPExpectation, ResponseReader)
    }

    /// How late a deadline may be noticed before its verdict is void: far above what an event loop
    /// with enough CPU takes for one turn.
    static let tolerance = Duration.milliseconds(100)

    private let check: Check
    private var state = State.connecting

    /// A probe of `check` whose connection is being made.
    init(_ check: Check) { self.check = check }

    /// The connection is there.
    mutating func connected() -> Step {
        switch check.method {
        case .tcp: return settle(.l4ok, "connected")
        case .http(let expectation):
            state = .reading(expectation, ResponseReader())
            return .ask(expectation)
        }
    }

    /// The server sent this.
    mutating func received(_ piece: ByteBufferView) -> Step {
        guard case .reading(let expectation, var reader) = state else { return .wait }
        // Given up while it is changed, or the line buffer would be copied for every piece.
        state = .connecting
        defer { state = .reading(expectation, reader) }
        do {
            try reader.read(piece)
            return Self.judge(reader, expectation)
        } catch {
            return Self.settle(error, reader)
        }
    }

    /// The server ended the connection.
    mutating func closed() -> Step {
        guard case .reading(let expectation, var reader) = state else {
            return settle(.l4connection, "connection closed")
        }
        do {
            try reader.end()
            return Self.judge(reader, expectation)
        } catch {
            return Self.settle(error, reader)
        }
    }

    /// A call to the kernel failed.
    func failed(errno: Int32) -> Step {
        let fault = SocketFault(errno: errno)
        switch (fault.meaning, state) {
        case (.local, _): return settle(.socketError, fault.text)
        case (.timeout, .connecting): return settle(.l4timeout, fault.text)
        case (.noConnection, .connecting): return settle(.l4connection, fault.text)
        case (.timeout, .reading): return settle(.l7timeout, fault.text)
        case (.noConnection, .reading(_, let reader)):
            let when = reader.isStarted ? "in the middle of the answer" : "before an answer"
            return settle(.l7response, "\(fault.text) \(when)")
        }
    }

    /// The time of the check is over; `late` is how far behind its work the driver is.
    ///
    /// A driver that runs late may have the answer in a buffer it had no time to look at, so the
    /// silence it saw says nothing about the server.
    func expired(late: Duration) -> Step {
        guard late <= Self.tolerance else {
            return settle(
                .socketError,
                "this process ran \(Evidence.short(late)) late and cannot tell"
            )
        }
        let limit = Evidence.short(check.timeout)
        guard case .reading(_, let reader) = state else {
            return settle(.l4timeout, "no connection within \(limit)")
        }
        return settle(
            .l7timeout,
            reader.isStarted
                ? "answer not complete within \(limit)" : "connected, no answer within \(limit)"
        )
    }

    /// A status that fails settles at once; one that passes waits for the rest of the response.
    private static func judge(_ reader: ResponseReader, _ expectation: HTTPExpectation) -> Step {
        guard reader.isHeadComplete, let status = reader.status else { return .wait }
        var said = "\(status)"
        if !reader.reason.isEmpty { said += " \(Evidence.printable(reader.reason))" }
        guard expectation.accepts(status: status) else {
            let wanted = Evidence.statuses(expectation.statuses)
            return .settle(
                Judgement(code: .l7status, status: status, detail: "\(said), expected \(wanted)")
            )
        }
        guard reader.isDone else { return .wait }
        return .settle(Judgement(code: .l7ok, status: status, detail: said))
    }

    private static func settle(_ fault: ResponseReader.Fault, _ reader: ResponseReader) -> Step {
        .settle(Judgement(code: .l7response, status: reader.status, detail: fault.text))
    }

    private func settle(_ code: Outcome.Code, _ detail: String) -> Step {
        .settle(Judgement(code: code, detail: detail))
    }
}

extension ResponseReader.Fault {
    /// What is wrong, for an operator.
    var text: String {
        switch self {
        case .notHTTP: "the answer is not HTTP/1"
        case .badStatusLine: "bad status line"
        case .lineTooLong: "a header line above \(ResponseReader.longestLine) bytes"
        case .tooManyFields: "more than \(ResponseReader.mostFields) header fields"
        case .headTooLong: "headers above \(ResponseReader.longestHead) bytes"
        case .badField: "bad header field"
        case .badLength: "bad Content-Length"
        case .badCoding: "a Transfer-Encoding that was not asked for"
        case .badChunk: "bad chunk in the body"
        case .switchedProtocol: "101 switches to a protocol that was not asked for"
        case .tooManyInterim: "more than \(ResponseReader.mostInterim) interim answers (1xx)"
        case .endedEarly(.start): "closed without an answer"
        case .endedEarly(.head): "closed in the middle of the headers"
        case .endedEarly(.body): "closed in the middle of the body"
        }
    }
}
