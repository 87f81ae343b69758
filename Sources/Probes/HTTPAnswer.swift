import Core

/// The answer to one HTTP request, held against what a check expects.
struct HTTPAnswer: Answer {
    private let expectation: HTTPExpectation
    private var reader: ResponseReader

    /// The answer to the request of `expectation`.
    init(to expectation: HTTPExpectation) {
        self.expectation = expectation
        let body: BodyTest? =
            switch expectation.body {
            case .containing(let bytes): BodyTest(containing: bytes)
            case .sha256(let digest): BodyTest(sha256: digest)
            case nil: nil
            }
        reader = ResponseReader(hasBody: expectation.method != .head, body: body)
    }

    var isStarted: Bool { reader.isStarted }

    mutating func read(_ piece: ArraySlice<UInt8>) -> Exchange.Step {
        do {
            try reader.read(piece)
            return judge()
        } catch {
            // What was decided before it is not changed by what came in the same piece.
            let step = judge()
            return step == .wait ? .settle(judgement(error)) : step
        }
    }

    mutating func end() -> Exchange.Judgement {
        do {
            try reader.end()
        } catch {
            return judgement(error)
        }
        guard case .settle(let judgement) = judge() else {
            preconditionFailure("A response that has ended is judged")
        }
        return judgement
    }

    /// A status that fails settles at once; one that passes waits for the rest of the response.
    private func judge() -> Exchange.Step {
        guard reader.isHeadComplete, let status = reader.status else { return .wait }
        var said = "\(status)"
        if !reader.reason.isEmpty { said += " \(Evidence.printable(reader.reason))" }
        guard expectation.accepts(status: status) else {
            let wanted = Evidence.statuses(expectation.statuses)
            return .settle(.init(code: .l7status, status: status, "\(said), expected \(wanted)"))
        }
        guard reader.isDone || reader.body?.isCertain == true else { return .wait }
        if let fault = reader.body?.fault(isCut: reader.isCut, limit: ResponseReader.longestBody) {
            return .settle(.init(code: .l7response, status: status, "\(said), but \(fault)"))
        }
        return .settle(.init(code: .l7ok, status: status, said))
    }

    private func judgement(_ fault: ResponseReader.Fault) -> Exchange.Judgement {
        .init(code: .l7response, status: reader.status, fault.text)
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
