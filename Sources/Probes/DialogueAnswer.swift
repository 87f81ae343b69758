import Core

/// The answer to bytes that an operator wrote, held against bytes that it must hold.
struct DialogueAnswer: Answer {
    /// How much of a stream is looked at: a greeting and a page of text, far below what a server
    /// could make us read until the deadline.
    static let longest = 16 * 1024

    private(set) var isStarted = false
    private let isDatagram: Bool
    private let hasExpectation: Bool
    private var search: ByteSearch
    private var byteCount = 0
    /// The first bytes, for the evidence.
    private var start: [UInt8] = []

    /// The answer of `dialogue`, in a stream or in one datagram.
    init(to dialogue: Dialogue, isDatagram: Bool) {
        self.isDatagram = isDatagram
        hasExpectation = dialogue.expected != nil
        search = ByteSearch(for: dialogue.expected ?? [])
    }

    mutating func read(_ piece: ArraySlice<UInt8>) -> Exchange.Step {
        isStarted = true
        let read = piece.prefix(Self.longest - byteCount)
        start += read.prefix(Evidence.longest + 1 - start.count)
        byteCount += read.count
        guard hasExpectation else { return .settle(.init(code: .l7ok, "answered: \(shown)")) }
        search.take(read)
        if search.isFound { return .settle(.init(code: .l7ok, "answered as expected: \(shown)")) }
        if isDatagram {
            return .settle(.init(code: .l7response, "not the expected answer: \(shown)"))
        }
        guard byteCount < Self.longest else {
            let detail = "the expected bytes are not among the first \(Self.longest): \(shown)"
            return .settle(.init(code: .l7response, detail))
        }
        return .wait
    }

    mutating func end() -> Exchange.Judgement {
        isStarted
            ? .init(code: .l7response, "closed before the expected bytes came: \(shown)")
            : .init(code: .l7response, "closed without an answer")
    }

    private var shown: String { Evidence.printable(start) }
}
