import Core

/// What the probe worker tells the director.
enum WorkerWord: Hashable, Sendable {
    /// The first message.
    case greeting(version: UInt16)
    /// A probe has ended.
    case end(ticket: UInt32, Outcome)
    /// Something became of an idle connection.
    case news(line: UInt32, SentinelNews)
    /// The answer to a ping.
    case pong(UInt32)
}

extension WorkerWord {
    /// Writes it.
    func write(_ writer: inout WireWriter) {
        switch self {
        case .greeting(let version):
            writer.put(UInt8(1))
            writer.put(version)
        case .end(let ticket, let outcome):
            writer.put(UInt8(2))
            writer.put(ticket)
            outcome.write(&writer)
        case .news(let line, let news):
            writer.put(UInt8(3))
            writer.put(line)
            news.write(&writer)
        case .pong(let number):
            writer.put(UInt8(4))
            writer.put(number)
        }
    }

    /// Reads one; evidence that is the same as `known`, which was read before, is taken from there.
    init(_ reader: inout WireReader, known: String = "") throws(WireFault) {
        switch try reader.number(UInt8.self) {
        case 1: self = .greeting(version: try reader.number())
        case 2: self = .end(ticket: try reader.number(), try Outcome(&reader, known: known))
        case 3: self = .news(line: try reader.number(), try SentinelNews(&reader))
        case 4: self = .pong(try reader.number())
        case let kind: throw WireFault("a word of the unknown kind \(kind)")
        }
    }
}

extension Outcome {
    /// What is added to the number of the code where there was a connection all the same.
    private static let despiteConnection: UInt8 = 0x80

    /// Writes it; evidence that is too long is cut short.
    fileprivate func write(_ writer: inout WireWriter) {
        let number = UInt8(code.number)
        writer.put(isDespiteConnection ? number | Self.despiteConnection : number)
        writer.put(UInt16(clamping: status ?? 0))
        writer.put(max(.zero, min(duration, .seconds(86_400))))
        var text = detail
        while text.utf8.count > WireLimits.detailBytes { text.removeLast() }
        writer.put(text)
        writer.put(word) { $1.write(&$0) }
    }

    /// Reads one, of which only what an operator may be shown is taken.
    fileprivate init(_ reader: inout WireReader, known: String) throws(WireFault) {
        let number = try reader.number(UInt8.self)
        let isDespiteConnection = number & Self.despiteConnection != 0
        let code = Int(number & ~Self.despiteConnection)
        guard Code.all.indices.contains(code),
            !isDespiteConnection || code == Code.l4connection.number
        else { throw WireFault("a result of the unknown code \(number)") }
        let status = Int(try reader.number(UInt16.self))
        guard status == 0 || (100...999).contains(status) else {
            throw WireFault("a status of \(status)")
        }
        let duration = try reader.duration()
        let detail = try reader.text(atMost: WireLimits.detailBytes, known: known)
        // In UTF-8 these bytes are these characters, and parts of no other.
        guard detail.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7f }) else {
            throw WireFault("evidence with control characters")
        }
        self.init(
            Code.all[code],
            status: status == 0 ? nil : status,
            detail: detail,
            duration: duration,
            word: try reader.optional { reader throws(WireFault) in try AgentWord(&reader) },
            isDespiteConnection: isDespiteConnection
        )
    }
}

extension SentinelNews {
    /// The ends in the order of their numbers.
    private static let ends: [SentinelEnd] = [
        .closed, .reset, .unreachable, .silent, .talkative, .local,
    ]

    fileprivate func write(_ writer: inout WireWriter) {
        switch self {
        case .stands: writer.put(UInt8(0))
        case .failed(let end): writer.put(UInt8(1 + (Self.ends.firstIndex(of: end) ?? 0)))
        case .ended(let end): writer.put(UInt8(0x81 + (Self.ends.firstIndex(of: end) ?? 0)))
        }
    }

    fileprivate init(_ reader: inout WireReader) throws(WireFault) {
        let number = Int(try reader.number(UInt8.self))
        guard number != 0 else {
            self = .stands
            return
        }
        let end = (number & 0x7f) - 1
        guard Self.ends.indices.contains(end) else {
            throw WireFault("news of the unknown kind \(number)")
        }
        self = number < 0x80 ? .failed(Self.ends[end]) : .ended(Self.ends[end])
    }
}

extension AgentWord {
    fileprivate func write(_ writer: inout WireWriter) {
        writer.put(percent) { $0.put(UInt16(clamping: $1)) }
        writer.put(wish) { $0.put(UInt8(clamping: Wish.allCases.firstIndex(of: $1) ?? 0)) }
        writer.put(health) { $0.put(UInt8(clamping: Health.allCases.firstIndex(of: $1) ?? 0)) }
    }

    fileprivate init(_ reader: inout WireReader) throws(WireFault) {
        self.init(
            percent: try reader.optional { reader throws(WireFault) in
                Int(try reader.number(UInt16.self))
            },
            wish: try reader.optional { reader throws(WireFault) in try Self.one(of: &reader) },
            health: try reader.optional { reader throws(WireFault) in try Self.one(of: &reader) }
        )
    }

    private static func one<Word: CaseIterable>(
        of reader: inout WireReader
    ) throws(WireFault) -> Word where Word.AllCases == [Word] {
        let number = Int(try reader.number(UInt8.self))
        guard Word.allCases.indices.contains(number) else {
            throw WireFault("a word of an agent of the unknown number \(number)")
        }
        return Word.allCases[number]
    }
}
