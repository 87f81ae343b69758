import Core
import Net
@testable import Probes

/// Bytes of a server that means harm, or of a worker that is none of ours, and what every reader
/// of such bytes promises about them.
///
/// libFuzzer makes them up (`integration/fuzz --probes`); `HostileCorpusTests` replays what it
/// found worth keeping, and `HostileAnswerTests` damages good answers. The first byte chooses the
/// reader, the second how the others are cut into pieces and how often they come.
struct HostileAnswer {
    /// Which reader they are for.
    ///
    /// A number is never given to another reader, or the corpus would be read by the wrong ones.
    enum Reader: UInt8, CaseIterable {
        case http = 0
        case httpHead = 1
        case httpBody = 2
        case httpDigest = 3
        case dns = 4
        case agent = 5
        case echoV4 = 6
        case echoV6 = 7
        case http2 = 8
        case grpc = 9
        case healthMessage = 10
        case http2Digest = 11
        case dnsStream = 12
        case conversation = 13
        case greeting = 14
        case datagram = 15
        case program = 16
        case protocolChoice = 17
        case words = 18
        case orders = 19
        case dnsMessage = 20
        case desk = 21
        case frames = 22
        case arp = 23
    }

    /// What came of reading.
    struct Reading {
        /// In a few words without numbers, so that those of many inputs can be counted.
        var outcome: String
        /// Which promises were broken.
        var broken: [String] = []
    }

    /// The numbers that may become readers; a power of two.
    static let readers: UInt8 = 32

    /// Which reader; `nil` for a number that none has.
    let reader: Reader?
    private let flow: HostileFlow

    /// No bytes are an answer of no bytes over HTTP.
    init(_ bytes: [UInt8]) {
        reader = Reader(rawValue: (bytes.first ?? 0) % Self.readers)
        flow = HostileFlow(bytes.dropFirst())
    }

    /// Reads them; `nil` when nobody does.
    func read() -> Reading? {
        guard let reader else { return nil }
        if let exchange { return exchange.read(flow) }
        let bytes = flow.bytes
        return switch reader {
        case .healthMessage: Self.health(bytes)
        case .dnsMessage: Self.message(bytes)
        case .program: Self.program(bytes)
        case .protocolChoice: Self.choice(bytes)
        case .words: HostileWire.words(bytes)
        case .orders: HostileWire.orders(bytes)
        case .desk: HostileWire.desk(bytes)
        case .frames: HostileWire.frames(flow)
        case .arp: HostileARP.read(flow.datagrams)
        default: Reading(outcome: "", broken: ["nobody reads for \(reader)"])
        }
    }

    /// The probe that gets them as its answer.
    private var exchange: HostileExchange? {
        let ready = Array("ready".utf8)
        let head = 2 * ResponseReader.longestLine
        let frames = 16 + HTTP2Reader.longestFrame + HTTP2Reader.longestBlock
        let digest = HTTPExpectation.Body.sha256([UInt8](repeating: 7, count: 32))
        return switch reader {
        case .http: .init(.http(HTTPExpectation()), keeps: head)
        case .httpHead: .init(.http(HTTPExpectation(method: .head)), keeps: head)
        case .httpBody: .init(.http(HTTPExpectation(body: .containing(ready))), keeps: head)
        case .httpDigest: .init(.http(HTTPExpectation(body: digest)), keeps: head)
        case .http2:
            .init(
                .http(HTTPExpectation(version: .http2, body: .containing(ready))),
                keeps: frames
            )
        case .http2Digest:
            .init(.http(HTTPExpectation(version: .http2, body: digest)), keeps: frames)
        // Beside what the frames are, the fields of a head and of what follows the body.
        case .grpc:
            .init(
                .grpc(GRPCExpectation()),
                keeps: frames + 2 * ResponseReader.longestHead + HealthMessage.longest
            )
        case .dns: .init(Self.question(.udp), keeps: 0, isStream: false)
        case .dnsStream: .init(Self.question(.tcp), keeps: Int(UInt16.max) + 2)
        case .agent: .init(.agent(sent: []), keeps: AgentReport.longestLine + 1)
        case .echoV4: .init(.icmp(size: 12), keeps: 0, isStream: false)
        case .echoV6: .init(.icmp(size: 12), keeps: 0, isStream: false, IPAddress(v6: 1))
        // The evidence is what had come when the answer was decided, so its words may differ.
        case .conversation:
            .init(
                .conversation(Dialogue(sent: [], expected: ready)),
                keeps: Evidence.longest + 1,
                showsPieces: true
            )
        case .greeting:
            .init(.conversation(Dialogue(sent: [])), keeps: Evidence.longest + 1, showsPieces: true)
        case .datagram:
            .init(
                .datagram(Dialogue(sent: [], expected: ready)),
                keeps: Evidence.longest + 1,
                isStream: false
            )
        case .healthMessage, .program, .protocolChoice, .words, .orders, .dnsMessage, .desk,
            .frames, .arp, nil:
            nil
        }
    }

    private static func question(_ transport: TransportProtocol) -> Check.Method {
        .dns(
            DNSExpectation(name: "a.b", type: .a, transport: transport, expected: ["192.0.2.1"])
        )
    }

    private static func health(_ bytes: [UInt8]) -> Reading {
        do throws(HealthMessage.Fault) {
            let number = try HealthMessage.status(in: bytes[...])
            let word = HealthMessage.Status(rawValue: number)?.word ?? "a number"
            // What was read is read again when it is written the only way that it can be.
            guard number < 128 else { return Reading(outcome: word) }
            let again = try HealthMessage.status(in: [8, UInt8(number)])
            return Reading(outcome: word, broken: again == number ? [] : ["\(number), \(again)"])
        } catch {
            return Reading(outcome: "no message")
        }
    }

    private static func message(_ bytes: [UInt8]) -> Reading {
        do throws(DNSMessage.Fault) {
            let message = try DNSMessage(parsing: bytes[...])
            var reading = Reading(outcome: "question \(message.question != nil), records")
            if message.answers.count > DNSMessage.mostRecords {
                reading.broken.append("too many records")
            }
            for record in message.answers {
                // A byte of a label takes four at the most, as a backslash and three digits.
                if record.owner.utf8.count > 4 * DNSMessage.longestName {
                    reading.broken.append("a name of \(record.owner.utf8.count) bytes")
                }
                if !message.records(of: record.type, for: record.owner).contains(record) {
                    reading.broken.append("\(record) is not among those of its own name")
                }
            }
            reading.outcome += " \(Set(message.answers.map(\.type)).sorted())"
            return reading
        } catch {
            return Reading(outcome: "\(error)")
        }
    }

    /// The first byte is how the program ended, the others what it said.
    private static func program(_ bytes: [UInt8]) -> Reading {
        let output = Array(bytes.dropFirst().prefix(ProgramLimits.keptBytes))
        let number = Int32(bytes.first ?? 0)
        let outcome =
            switch number {
            case 255: ProgramResult.outcome(timeout: .seconds(1), output: output, duration: .zero)
            case 128...:
                ProgramResult.outcome(signal: number - 127, output: output, duration: .zero)
            default: ProgramResult.outcome(status: number, output: output, duration: .zero)
            }
        return Reading(
            outcome: "\(outcome.code.rawValue) \(outcome.detail.utf8.count > 20)",
            broken: HostileWire.broken(by: outcome)
        )
    }

    /// The first byte is the days that the certificate is valid, the others the chosen protocol.
    private static func choice(_ bytes: [UInt8]) -> Reading {
        let days = Int64(Int8(bitPattern: bytes.first ?? 0))
        let handshake = Handshake(
            version: "TLS 1.3",
            chosen: String(decoding: bytes.dropFirst(), as: UTF8.self),
            left: .seconds(86_400 * days)
        )
        var reading = Reading(outcome: "")
        let terms = TLSTerms(protocols: ["h2", "http/1.1"])
        for method in [
            Check.Method.tls(TLSTerms()), .tls(terms), .grpc(GRPCExpectation(tls: terms)),
        ] {
            var exchange = HostileExchange(method, keeps: 0).begin()
            _ = exchange.connected()
            guard case .settle(let judgement) = exchange.secured(handshake) else {
                reading.outcome += " goes on"
                continue
            }
            reading.outcome += " \(judgement.code.rawValue)"
            reading.broken += HostileWire.broken(by: judgement.outcome(after: .zero))
        }
        return reading
    }
}
