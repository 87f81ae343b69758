import Core

/// An answer that comes in frames of HTTP/2: they are read alike, and taken differently.
protocol AnswerOverHTTP2: Answer {
    /// What reads the frames.
    var reader: HTTP2Reader { get set }
    /// The status of the answer, once it came.
    var status: Int? { get }
    /// Takes a part of the answer; answers with the judgement, where that is certain now.
    mutating func take(_ part: HTTP2Reader.Piece) -> Exchange.Judgement?
}

extension AnswerOverHTTP2 {
    var isStarted: Bool { reader.isStarted }

    mutating func read(_ piece: ArraySlice<UInt8>) -> Exchange.Step {
        for part in reader.read(piece) {
            if let judgement = take(part) { return .settle(judgement) }
        }
        let owed = reader.takeOwed()
        return owed.isEmpty ? .wait : .send(owed)
    }

    mutating func end() -> Exchange.Judgement {
        let text =
            isStarted ? HTTP2Reader.Fault.endedEarly.text : "closed without an answer"
        return .init(code: .l7response, status: status, text)
    }
}
