import Core

/// The answer to one request of HTTP/2, held against what a check expects.
struct HTTP2Answer: AnswerOverHTTP2 {
    private let expectation: HTTPExpectation
    var reader = HTTP2Reader()
    private var body: BodyTest?
    private var bodyBytes = 0
    private var isCut = false
    private(set) var status: Int?

    /// The answer to the request of `expectation`.
    init(to expectation: HTTPExpectation) {
        self.expectation = expectation
        body =
            switch expectation.body {
            case .containing(let bytes): BodyTest(containing: bytes)
            case .sha256(let digest): BodyTest(sha256: digest)
            case nil: nil
            }
    }

    mutating func take(_ part: HTTP2Reader.Piece) -> Exchange.Judgement? {
        switch part {
        case .head(let status, _):
            self.status = status
            guard expectation.accepts(status: status) else {
                let wanted = Evidence.statuses(expectation.statuses)
                return .init(code: .l7status, status: status, "\(status), expected \(wanted)")
            }
            return nil
        case .data(let data):
            let taken = data.prefix(ResponseReader.longestBody - bodyBytes)
            bodyBytes += taken.count
            body?.take(taken)
            isCut = bodyBytes >= ResponseReader.longestBody
            return isCut || body?.isCertain == true ? judged() : nil
        case .trailers: return nil
        case .end: return judged()
        case .fault(let fault): return .init(code: .l7response, status: status, fault.text)
        }
    }

    private func judged() -> Exchange.Judgement {
        let said = "\(status ?? 0)"
        if let fault = body?.fault(isCut: isCut, limit: ResponseReader.longestBody) {
            return .init(code: .l7response, status: status, "\(said), but \(fault)")
        }
        return .init(code: .l7ok, status: status, said)
    }
}
