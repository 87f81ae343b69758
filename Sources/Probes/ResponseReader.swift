/// Reads one HTTP/1 response, in pieces of any size, as far as a check needs it (RFC 9112).
///
/// Nothing of a header but the framing is kept, so a response costs one line buffer, whatever the
/// server sends; NIO's own decoder would make two strings of every field. Every dimension is
/// bounded, and how the bytes were cut into pieces never changes the result.
struct ResponseReader: Sendable {
    /// What is wrong with a response; the texts are whole, for an operator.
    enum Fault: Error, Hashable, Sendable {
        case notHTTP
        case badStatusLine
        case lineTooLong
        case tooManyFields
        case headTooLong
        case badField
        case badLength
        case badCoding
        case badChunk
        case switchedProtocol
        case tooManyInterim
        case endedEarly(where: Part)
    }

    /// The part of a response in which it ended.
    enum Part: String, Hashable, Sendable {
        case start
        case head
        case body
    }

    /// The longest line of a head; common servers refuse or split above 8 KiB themselves.
    static let longestLine = 8 * 1024
    /// The most bytes of all heads together, interim ones included.
    static let longestHead = 32 * 1024
    /// The most fields of all heads together.
    static let mostFields = 128
    /// The most interim responses (1xx) before the real one.
    static let mostInterim = 8
    /// How much of a body is read before what came decides; the rest is never asked for.
    static let longestBody = 64 * 1024

    private enum State: Hashable, Sendable {
        case statusLine
        case fields
        case sized(remaining: Int)
        case untilClose
        case chunkSize
        case chunk(remaining: Int)
        case chunkEnd
        case trailers
        case done
    }

    private static let protocolName = Array("HTTP/1.".utf8)

    /// The status code, 100...599, once the first line was read; of the last head, not an interim.
    private(set) var status: Int?
    /// The reason phrase as the server sent it: hostile bytes.
    private(set) var reason: [UInt8] = []
    /// Whether any byte came.
    var isStarted: Bool { headBytes > 0 }
    /// Whether the whole head was read.
    private(set) var isHeadComplete = false
    /// Whether the response is complete, or so long that the rest does not matter.
    var isDone: Bool { state == .done }
    /// Whether the body went on after the part that is read.
    private(set) var isCut = false
    /// What the body is held against, with what has come of it.
    private(set) var body: BodyTest?

    private var state = State.statusLine
    private var line: [UInt8] = []
    private var headBytes = 0
    private var fields = 0
    private var interim = 0
    private var bodyBytes = 0
    private var length: Int?
    private var isChunked = false
    private let hasBody: Bool

    /// A reader of the response to one request.
    ///
    /// `hasBody` is false for the answer to HEAD, whose length is that of a body that never comes
    /// (RFC 9112 §6.3).
    init(hasBody: Bool = true, body: BodyTest? = nil) {
        self.hasBody = hasBody
        self.body = body
    }

    /// Reads the next piece; bytes after the end of the response are ignored.
    mutating func read(_ piece: ArraySlice<UInt8>) throws(Fault) {
        var rest = piece[...]
        while !rest.isEmpty, !isDone {
            switch state {
            case .sized(let remaining):
                let taken = skip(remaining, of: &rest)
                state = taken == remaining ? .done : .sized(remaining: remaining - taken)
            case .chunk(let remaining):
                let taken = skip(remaining, of: &rest)
                state = taken == remaining ? .chunkEnd : .chunk(remaining: remaining - taken)
            case .untilClose:
                _ = skip(.max, of: &rest)
            case .done: break
            case .statusLine, .fields, .chunkSize, .chunkEnd, .trailers:
                try readByte(rest.removeFirst())
            }
            if bodyBytes >= Self.longestBody, !isDone {
                isCut = true
                state = .done
            }
        }
    }

    /// The server closed the connection.
    mutating func end() throws(Fault) {
        switch state {
        case .done: return
        case .untilClose: state = .done
        case .statusLine, .fields: throw .endedEarly(where: isStarted ? .head : .start)
        case .sized, .chunkSize, .chunk, .chunkEnd, .trailers: throw .endedEarly(where: .body)
        }
    }

    private mutating func skip(_ wanted: Int, of rest: inout ArraySlice<UInt8>) -> Int {
        let taken = min(wanted, rest.count, Self.longestBody - bodyBytes)
        body?.take(rest.prefix(taken))
        rest = rest.dropFirst(taken)
        bodyBytes += taken
        return taken
    }

    /// Collects lines; they end with LF, the CR before it is optional (RFC 9112 §2.2).
    private mutating func readByte(_ byte: UInt8) throws(Fault) {
        if isHeadComplete {
            bodyBytes += 1
        } else {
            headBytes += 1
            guard headBytes <= Self.longestHead else { throw .headTooLong }
        }
        // Judged byte by byte, or a server of another protocol would hold us until the deadline.
        if state == .statusLine, line.count < Self.protocolName.count {
            guard byte == Self.protocolName[line.count] else { throw .notHTTP }
        }
        guard byte == UInt8(ascii: "\n") else {
            guard line.count < Self.longestLine else { throw .lineTooLong }
            return line.append(byte)
        }
        if line.last == UInt8(ascii: "\r") { line.removeLast() }
        try readLine()
        line.removeAll(keepingCapacity: true)
    }

    private mutating func readLine() throws(Fault) {
        switch state {
        case .statusLine: try readStatusLine()
        case .fields: try line.isEmpty ? finishHead() : readField()
        case .chunkSize: try readChunkSize()
        case .chunkEnd:
            guard line.isEmpty else { throw .badChunk }
            state = .chunkSize
        case .trailers:
            if line.isEmpty { state = .done }
        case .sized, .untilClose, .chunk, .done: break
        }
    }

    /// `HTTP/1.1 200 OK`; the reason phrase and the space before it may be missing.
    private mutating func readStatusLine() throws(Fault) {
        let digits = line.dropFirst(9).prefix(3)
        guard
            line.count >= 12, line[7].isDigit, line[8] == UInt8(ascii: " "),
            let status = Self.decimal(digits), (100...599).contains(status),
            line.count == 12 || line[12] == UInt8(ascii: " ")
        else { throw .badStatusLine }
        self.status = status
        reason = Array(line.dropFirst(13))
        state = .fields
    }

    private mutating func readField() throws(Fault) {
        fields += 1
        guard fields <= Self.mostFields else { throw .tooManyFields }
        // A folded line begins with a space and fails here too, as RFC 9112 §5.2 allows.
        guard
            let colon = line.firstIndex(of: UInt8(ascii: ":")), colon > 0,
            line[..<colon].allSatisfy({ $0 > 0x20 && $0 < 0x7f })
        else { throw .badField }
        let value = Self.trimmed(line[(colon + 1)...])
        if Self.matches(line[..<colon], "content-length") {
            guard let length = Self.decimal(value), self.length ?? length == length else {
                throw .badLength
            }
            self.length = length
        } else if Self.matches(line[..<colon], "transfer-encoding") {
            // No other coding was offered, so none may be used (RFC 9110 §10.1.4).
            guard Self.matches(value, "chunked"), !isChunked else { throw .badCoding }
            isChunked = true
        }
    }

    /// Decides how the body ends (RFC 9112 §6.3).
    private mutating func finishHead() throws(Fault) {
        switch status {
        case 101: throw .switchedProtocol
        case .some(100...199):
            interim += 1
            guard interim <= Self.mostInterim else { throw .tooManyInterim }
            (status, length, isChunked, state) = (nil, nil, false, .statusLine)
        case 204, 304: state = .done
        case _ where !hasBody: state = .done
        default:
            if isChunked {
                state = .chunkSize
            } else if let length {
                state = length == 0 ? .done : .sized(remaining: length)
            } else {
                state = .untilClose
            }
        }
        isHeadComplete = status != nil
    }

    private mutating func readChunkSize() throws(Fault) {
        // An extension after the size means nothing to a check.
        let digits = Self.trimmed(line.prefix { $0 != UInt8(ascii: ";") })
        guard !digits.isEmpty, digits.count <= Self.mostDigits else { throw .badChunk }
        var size = 0
        for digit in digits {
            guard let value = digit.hexDigitValue else { throw .badChunk }
            size = size << 4 | value
        }
        state = size == 0 ? .trailers : .chunk(remaining: size)
    }

    /// No size that matters has more digits, and none with so many overflows an `Int`.
    private static let mostDigits = 15

    private static func decimal(_ digits: ArraySlice<UInt8>) -> Int? {
        guard !digits.isEmpty, digits.count <= mostDigits else { return nil }
        var number = 0
        for digit in digits {
            guard digit.isDigit else { return nil }
            number = number * 10 + Int(digit - UInt8(ascii: "0"))
        }
        return number
    }

    private static func trimmed(_ bytes: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        let isBlank = { (byte: UInt8) in byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") }
        var bytes = bytes.drop(while: isBlank)
        while let last = bytes.last, isBlank(last) { bytes.removeLast() }
        return bytes
    }

    /// Whether `bytes` spell `word`, given in lower case, in any case.
    private static func matches(_ bytes: ArraySlice<UInt8>, _ word: StaticString) -> Bool {
        guard bytes.count == word.utf8CodeUnitCount else { return false }
        return zip(bytes, word.description.utf8).allSatisfy { $0.lowercased == $1 }
    }
}

extension UInt8 {
    fileprivate var isDigit: Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(self) }

    fileprivate var lowercased: UInt8 {
        (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(self) ? self | 0x20 : self
    }

    fileprivate var hexDigitValue: Int? {
        switch lowercased {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): Int(self - UInt8(ascii: "0"))
        case UInt8(ascii: "a")...UInt8(ascii: "f"): Int(lowercased - UInt8(ascii: "a")) + 10
        default: nil
        }
    }
}
