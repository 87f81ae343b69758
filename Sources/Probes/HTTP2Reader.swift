import NIOCore
import NIOHPACK

/// Reads the answer to one request of HTTP/2, in pieces of any size (RFC 9113).
///
/// There is one stream, ours. A server can send frames for ever without ever answering, so beside
/// the sizes also their number is bounded. Only the compression of headers is a library's: its
/// tables are long, and it bounds what it unpacks.
struct HTTP2Reader: Sendable {
    /// What is wrong with an answer.
    enum Fault: Error, Hashable, Sendable {
        case notHTTP2
        case frameTooLong
        case tooManyFrames
        case badFrame(UInt8)
        case badHeaders
        case headersTooLong
        case tooManyInterim
        case noStatus
        case reset(UInt32)
        case goingAway(UInt32)
        case endedEarly
    }

    /// What came of the stream.
    enum Piece: Hashable, Sendable {
        /// The head of the answer: its status, and its fields.
        case head(status: Int, fields: [Field])
        case data([UInt8])
        case trailers([Field])
        case end
        /// What came then is wrong; nothing is read after it.
        case fault(Fault)
    }

    /// A field of a head.
    struct Field: Hashable, Sendable {
        let name: String
        let value: String
    }

    /// The most bytes of a frame: what every peer must take, and we never allow more (section 4.2).
    static let longestFrame = 16_384
    /// The most bytes of the block of one head, packed, with all that continues it.
    static let longestBlock = ResponseReader.longestHead
    /// The most frames of a whole answer: a body of the most bytes in pieces of 32.
    static let mostFrames = 2_048
    /// The most frames of them that we have to answer.
    static let mostQuestions = 64
    /// What a server may send of a body before it has to wait: more than is read.
    static let window: UInt32 = 131_072

    private static let headerBytes = 9

    private enum Kind {
        static let data: UInt8 = 0
        static let headers: UInt8 = 1
        static let reset: UInt8 = 3
        static let settings: UInt8 = 4
        static let push: UInt8 = 5
        static let ping: UInt8 = 6
        static let away: UInt8 = 7
        static let continuation: UInt8 = 9
    }

    private enum Flag {
        static let end: UInt8 = 0x1
        static let ack: UInt8 = 0x1
        static let endHeaders: UInt8 = 0x4
        static let padded: UInt8 = 0x8
        static let priority: UInt8 = 0x20
    }

    /// Whether any byte came.
    private(set) var isStarted = false
    /// Whether the stream has ended.
    private(set) var isDone = false
    /// What has to be sent now: acknowledgements.
    private var owed: [UInt8] = []

    private var decoder = HPACKDecoder(
        allocator: ByteBufferAllocator(),
        maxDynamicTableSize: HPACKDecoder.maxDynamicTableSize,
        maxHeaderListSize: ResponseReader.longestHead
    )
    private var pending: [UInt8] = []
    private var frames = 0
    private var questions = 0
    private var interim = 0
    private var hasSettings = false
    private var hasHead = false
    /// The block that goes on in the next frame, and whether the stream ends with it.
    private var block: (bytes: [UInt8], endsStream: Bool)?

    /// Hands over what has to be sent now.
    mutating func takeOwed() -> [UInt8] {
        defer { owed = [] }
        return owed
    }

    /// Reads the next piece; what comes after the end of the stream is ignored.
    ///
    /// A fault is what came last, and takes nothing back: how the bytes were cut would matter then.
    mutating func read(_ piece: ArraySlice<UInt8>) -> [Piece] {
        var found: [Piece] = []
        do throws(Fault) {
            try read(piece, into: &found)
        } catch {
            found.append(.fault(error))
        }
        return found
    }

    private mutating func read(
        _ piece: ArraySlice<UInt8>,
        into found: inout [Piece]
    ) throws(Fault) {
        isStarted = isStarted || !piece.isEmpty
        pending += piece
        var start = 0
        while !isDone, pending.count - start >= Self.headerBytes {
            let length =
                Int(pending[start]) << 16 | Int(pending[start + 1]) << 8 | Int(pending[start + 2])
            let kind = pending[start + 3]
            // Whoever speaks something else is found out by its first bytes.
            guard hasSettings || kind == Kind.settings else { throw .notHTTP2 }
            guard length <= Self.longestFrame else { throw .frameTooLong }
            guard pending.count - start - Self.headerBytes >= length else { break }
            frames += 1
            guard frames <= Self.mostFrames else { throw .tooManyFrames }
            let flags = pending[start + 4]
            let stream = Self.number(pending[(start + 5)..<(start + 9)]) & 0x7fff_ffff
            let payload = pending[(start + Self.headerBytes)..<(start + Self.headerBytes + length)]
            start += Self.headerBytes + length
            found += try take(kind, flags, stream, payload)
        }
        pending.removeFirst(start)
    }

    private static func number(_ bytes: ArraySlice<UInt8>) -> UInt32 {
        bytes.reduce(0) { $0 << 8 | UInt32($1) }
    }

    private mutating func take(
        _ kind: UInt8,
        _ flags: UInt8,
        _ stream: UInt32,
        _ payload: ArraySlice<UInt8>
    ) throws(Fault) -> [Piece] {
        // Nothing comes between the frames of one head (section 6.10).
        guard (block != nil) == (kind == Kind.continuation) else { throw .badFrame(kind) }
        switch kind {
        case Kind.data:
            guard stream == 1, hasHead else { throw .badFrame(kind) }
            let data = Array(try unpadded(payload, flags, kind))
            isDone = flags & Flag.end != 0
            return [.data(data)] + (isDone ? [.end] : [])
        case Kind.headers:
            guard stream == 1 else { throw .badFrame(kind) }
            var bytes = try unpadded(payload, flags, kind)
            if flags & Flag.priority != 0 {
                guard bytes.count >= 5 else { throw .badFrame(kind) }
                bytes = bytes.dropFirst(5)
            }
            block = ([], flags & Flag.end != 0)
            return try extend(bytes, isWhole: flags & Flag.endHeaders != 0)
        case Kind.continuation:
            guard stream == 1 else { throw .badFrame(kind) }
            return try extend(payload, isWhole: flags & Flag.endHeaders != 0)
        case Kind.reset:
            guard stream == 1, payload.count == 4 else { throw .badFrame(kind) }
            throw .reset(Self.number(payload))
        case Kind.away:
            guard stream == 0, payload.count >= 8 else { throw .badFrame(kind) }
            let code = Self.number(payload.dropFirst(4).prefix(4))
            // One that is closing down still answers what it has taken.
            guard code == 0, Self.number(payload.prefix(4)) & 0x7fff_ffff >= 1 else {
                throw .goingAway(code)
            }
            return []
        case Kind.settings, Kind.ping:
            try answer(kind, flags, stream, payload)
            return []
        // We have said that we want none.
        case Kind.push: throw .badFrame(kind)
        // Priorities and windows are of no use to one small request, and others are to be ignored.
        default: return []
        }
    }

    private mutating func answer(
        _ kind: UInt8,
        _ flags: UInt8,
        _ stream: UInt32,
        _ payload: ArraySlice<UInt8>
    ) throws(Fault) {
        let isPing = kind == Kind.ping
        guard stream == 0, isPing ? payload.count == 8 : payload.count.isMultiple(of: 6) else {
            throw .badFrame(kind)
        }
        guard flags & Flag.ack == 0 else {
            if !hasSettings { throw .notHTTP2 }
            return
        }
        hasSettings = true
        questions += 1
        guard questions <= Self.mostQuestions else { throw .tooManyFrames }
        owed += HTTP2Request.frame(kind, Flag.ack, stream: 0, isPing ? payload : [])
    }

    private func unpadded(
        _ payload: ArraySlice<UInt8>,
        _ flags: UInt8,
        _ kind: UInt8
    ) throws(Fault) -> ArraySlice<UInt8> {
        guard flags & Flag.padded != 0 else { return payload }
        guard let padding = payload.first, Int(padding) < payload.count else {
            throw .badFrame(kind)
        }
        return payload.dropFirst().dropLast(Int(padding))
    }

    private mutating func extend(
        _ bytes: ArraySlice<UInt8>,
        isWhole: Bool
    ) throws(Fault) -> [Piece] {
        guard var whole = block else { return [] }
        guard whole.bytes.count + bytes.count <= Self.longestBlock else { throw .headersTooLong }
        whole.bytes += bytes
        block = isWhole ? nil : whole
        guard isWhole else { return [] }
        let fields = try unpack(whole.bytes)
        isDone = whole.endsStream
        let end: [Piece] = isDone ? [.end] : []
        guard !hasHead else {
            // The second head is what follows the body, and nothing follows that.
            guard isDone else { throw .badFrame(Kind.headers) }
            return [.trailers(fields)] + end
        }
        guard let text = fields.first(where: { $0.name == ":status" })?.value, text.utf8.count == 3,
            text.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }),
            let status = Int(text), (100...599).contains(status)
        else { throw .noStatus }
        guard status >= 200 else {
            interim += 1
            guard !isDone, status != 101 else { throw .badFrame(Kind.headers) }
            guard interim <= ResponseReader.mostInterim else { throw .tooManyInterim }
            return []
        }
        hasHead = true
        return [.head(status: status, fields: fields)] + end
    }

    private mutating func unpack(_ bytes: [UInt8]) throws(Fault) -> [Field] {
        var buffer = ByteBuffer(bytes: bytes)
        do {
            let headers = try decoder.decodeHeaders(from: &buffer)
            guard headers.count <= ResponseReader.mostFields else { throw Fault.headersTooLong }
            return headers.map { Field(name: $0.name, value: $0.value) }
        } catch let fault as Fault {
            throw fault
        } catch is NIOHPACKErrors.MaxHeaderListSizeViolation {
            throw .headersTooLong
        } catch {
            throw .badHeaders
        }
    }
}

extension HTTP2Reader.Fault {
    /// What is wrong, for an operator.
    var text: String {
        switch self {
        case .notHTTP2: "the answer is not HTTP/2"
        case .frameTooLong: "a frame above \(HTTP2Reader.longestFrame) bytes"
        case .tooManyFrames: "more frames than an answer needs"
        case .badFrame(let kind): "a frame of type \(kind) that is wrong, or at the wrong time"
        case .badHeaders: "headers that cannot be unpacked"
        case .headersTooLong:
            "headers above \(ResponseReader.longestHead) bytes or \(ResponseReader.mostFields) "
                + "fields"
        case .tooManyInterim: "more than \(ResponseReader.mostInterim) interim answers (1xx)"
        case .noStatus: "an answer without a status"
        case .reset(let code): "the server reset the stream with error \(code)"
        case .goingAway(let code): "the server turned the request away with error \(code)"
        case .endedEarly: "closed before the end of the answer"
        }
    }
}
