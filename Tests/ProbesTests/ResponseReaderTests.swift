@testable import Probes
import Testing
import TestSupport

/// HTTP/1 responses, kind and hostile, whole and in pieces.
@Suite struct ResponseReaderTests {
    /// How reading ended.
    enum End: Hashable, Sendable {
        /// Complete (or long enough) before the server closed.
        case done(Int)
        /// Complete because the server closed.
        case closed(Int)
        case fault(ResponseReader.Fault)
    }

    struct Case: CustomTestStringConvertible, Sendable {
        let bytes: [UInt8]
        let end: End
        let testDescription: String

        init(_ text: String, _ end: End) {
            (bytes, self.end) = (Array(text.utf8), end)
            testDescription = "\(text.prefix(40).debugDescription) -> \(end)"
        }
    }

    static let cases: [Case] = [
        // Bodies: sized, chunked, none by status, until the close (RFC 9112 §6.3).
        Case("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi", .done(200)),
        Case("HTTP/1.1 200 OK\r\ncOnTeNt-LeNgTh:2 \r\n\r\nhi and more", .done(200)),
        Case("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", .done(200)),
        Case("HTTP/1.0 404 Not Found\r\n\r\nno such page", .closed(404)),
        Case("HTTP/1.1 204 No Content\r\n\r\n", .done(204)),
        Case("HTTP/1.1 304 Not Modified\r\nContent-Length: 10\r\n\r\n", .done(304)),
        Case(
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
                + "5;name=value\r\nhello\r\nA\r\n0123456789\r\n0\r\nTrailer: x\r\n\r\n",
            .done(200)
        ),
        // A missing reason, a missing space before it, bare line feeds.
        Case("HTTP/1.1 200 \r\n\r\n", .closed(200)),
        Case("HTTP/1.1 200\r\n\r\n", .closed(200)),
        Case("HTTP/1.1 200 OK\nContent-Length: 2\n\nhi", .done(200)),
        // Interim answers are skipped, whatever they carry.
        Case(
            "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nContent-Length: 7\r\n\r\n"
                + "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi",
            .done(200)
        ),
        Case(
            String(repeating: "HTTP/1.1 100 Continue\r\n\r\n", count: 9),
            .fault(.tooManyInterim)
        ),
        Case("HTTP/1.1 101 Switching Protocols\r\n\r\n", .fault(.switchedProtocol)),
        // Not HTTP/1, or no status that exists.
        Case("SSH-2.0-OpenSSH_9.2\r\n", .fault(.notHTTP)),
        Case("<html>hello, this is HTTP/0.9</html>", .fault(.notHTTP)),
        Case("HTTP/9.9 -1\r\n\r\n", .fault(.notHTTP)),
        Case("HTTP/2 200\r\n\r\n", .fault(.notHTTP)),
        Case("\r\nHTTP/1.1 200 OK\r\n\r\n", .fault(.notHTTP)),
        Case("HTTP/1.1 099 Low\r\n\r\n", .fault(.badStatusLine)),
        Case("HTTP/1.1 600 High\r\n\r\n", .fault(.badStatusLine)),
        Case("HTTP/1.1 20000000 Wide\r\n\r\n", .fault(.badStatusLine)),
        Case("HTTP/1.1 2x0 OK\r\n\r\n", .fault(.badStatusLine)),
        Case("HTTP/1.1  200 OK\r\n\r\n", .fault(.badStatusLine)),
        Case("HTTP/1.x 200 OK\r\n\r\n", .fault(.badStatusLine)),
        Case("HTTP/1.1\r\n\r\n", .fault(.badStatusLine)),
        // Fields that smuggle, lengths that lie, codings that were not offered.
        Case("HTTP/1.1 200 OK\r\nno colon\r\n\r\n", .fault(.badField)),
        Case("HTTP/1.1 200 OK\r\n: empty\r\n\r\n", .fault(.badField)),
        Case("HTTP/1.1 200 OK\r\nName : value\r\n\r\n", .fault(.badField)),
        Case("HTTP/1.1 200 OK\r\nName: a\r\n folded\r\n\r\n", .fault(.badField)),
        Case("HTTP/1.1 200 OK\r\nNa\u{0}me: a\r\n\r\n", .fault(.badField)),
        Case("HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n", .fault(.badLength)),
        Case("HTTP/1.1 200 OK\r\nContent-Length: +1\r\n\r\n", .fault(.badLength)),
        Case("HTTP/1.1 200 OK\r\nContent-Length:\r\n\r\n", .fault(.badLength)),
        Case("HTTP/1.1 200 OK\r\nContent-Length: 0x2\r\n\r\n", .fault(.badLength)),
        Case(
            "HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\n",
            .fault(.badLength)
        ),
        Case(
            "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nhi",
            .fault(.badLength)
        ),
        Case("HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n", .fault(.badCoding)),
        Case("HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", .fault(.badCoding)),
        Case(Self.chunked("xyz\r\n"), .fault(.badChunk)),
        Case(Self.chunked("\r\n"), .fault(.badChunk)),
        Case(Self.chunked("-1\r\n"), .fault(.badChunk)),
        Case(Self.chunked("ffffffffffffffff\r\n"), .fault(.badChunk)),
        Case(Self.chunked("2\r\nhello\r\n"), .fault(.badChunk)),
        // The end before the end.
        Case("", .fault(.endedEarly(where: .start))),
        Case("HTT", .fault(.endedEarly(where: .head))),
        Case("HTTP/1.1 200 OK\r\nContent-Le", .fault(.endedEarly(where: .head))),
        Case("HTTP/1.1 100 Continue\r\n\r\n", .fault(.endedEarly(where: .head))),
        Case("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nhi", .fault(.endedEarly(where: .body))),
        Case(Self.chunked("2\r\nh"), .fault(.endedEarly(where: .body))),
        Case(Self.chunked("2\r\nhi\r\n0\r\n"), .fault(.endedEarly(where: .body))),
        // Bombs.
        Case("HTTP/1.1 200 " + String(repeating: "a", count: 9000), .fault(.lineTooLong)),
        Case(
            "HTTP/1.1 200 OK\r\n" + String(repeating: "a: b\r\n", count: 129) + "\r\n",
            .fault(.tooManyFields)
        ),
        Case(
            "HTTP/1.1 200 OK\r\n"
                + String(repeating: "a: \(String(repeating: "b", count: 8000))\r\n", count: 5),
            .fault(.headTooLong)
        ),
        Case("HTTP/1.1 200 OK\r\n\r\n" + String(repeating: "x", count: 70_000), .done(200)),
        Case(
            "HTTP/1.1 200 OK\r\nContent-Length: 10000000000\r\n\r\n"
                + String(repeating: "x", count: 70_000),
            .done(200)
        ),
        Case(Self.chunked(String(repeating: "1\r\nx\r\n", count: 12_000)), .done(200)),
        Case(Self.chunked("0\r\n" + String(repeating: "a: b\r\n", count: 12_000)), .done(200)),
    ]

    private static func chunked(_ body: String) -> String {
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + body
    }

    @Test(arguments: Self.cases)
    func reads(_ example: Case) {
        #expect(Self.read(example.bytes, cutAt: []) == example.end)
    }

    /// However a response was cut into pieces, the result is the same.
    @Test(arguments: Self.cases)
    func readsInPieces(_ example: Case) {
        let whole = Self.read(example.bytes, cutAt: [])
        let single = Self.read(example.bytes, cutAt: Array(example.bytes.indices))
        #expect(single == whole)
        var generator = SeededGenerator(seed: UInt64(example.bytes.count))
        for _ in 0..<5 where !example.bytes.isEmpty {
            let cuts = (0..<10).map { _ in
                Int.random(in: example.bytes.indices, using: &generator)
            }
            #expect(Self.read(example.bytes, cutAt: cuts.sorted()) == whole)
        }
    }

    /// Valid responses with bytes changed, lost and doubled: never a trap, never a dependence on
    /// the pieces, never more kept than one line.
    @Test(arguments: UInt64(0)..<100)
    func survivesDamage(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<20 {
            var bytes = Self.cases.randomElement(using: &generator)?.bytes ?? []
            if bytes.count > 300 { bytes.removeLast(bytes.count - 300) }
            for _ in 0..<Int.random(in: 1...4, using: &generator) where !bytes.isEmpty {
                let place = Int.random(in: bytes.indices, using: &generator)
                switch Int.random(in: 0..<3, using: &generator) {
                case 0: bytes[place] = .random(in: 0...255, using: &generator)
                case 1: bytes.remove(at: place)
                default: bytes.insert(bytes[place], at: place)
                }
            }
            let whole = Self.read(bytes, cutAt: [])
            #expect(Self.read(bytes, cutAt: Array(bytes.indices)) == whole)
        }
    }

    private static func read(_ bytes: [UInt8], cutAt cuts: [Int]) -> End {
        var reader = ResponseReader()
        var start = 0
        do {
            for end in cuts + [bytes.count] where end > start {
                try reader.read(bytes[start..<end])
                start = end
            }
            if reader.isDone { return .done(reader.status ?? 0) }
            try reader.end()
            return .closed(reader.status ?? 0)
        } catch {
            return .fault(error)
        }
    }
}
