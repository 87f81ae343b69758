import Core
@testable import Probes
import Testing
import TestSupport

/// Every reader of hostile bytes keeps its promises about good answers to which damage is done.
@Suite struct HostileAnswerTests {
    /// Answers of each kind, whole and as pieces of any size, which damage is done to.
    static let seeds: [[UInt8]] = {
        typealias Seed = (readers: [HostileAnswer.Reader], bytes: [UInt8])
        let record = DNSMessageTests.record(1, [192, 0, 2, 1])
        let messages = [
            DNSMessageTests.response(name: "a.b", answers: [record]),
            DNSMessageTests.response(
                name: "a.b",
                answers: [
                    DNSMessageTests.record(5, [1, 97, 0xc0, 12]), DNSMessageTests.record(1, [1]),
                ]
            ), DNSMessageTests.response(flags: 0x8380, name: "a.b"),
            DNSMessageTests.response(flags: 0x8183, name: "a.b"),
            DNSMessageTests.response(
                name: "a.b",
                answers: [
                    DNSMessageTests.record(16, [2, 104, 105, 1, 33]),
                    DNSMessageTests.record(6, [0, 0] + [UInt8](repeating: 1, count: 20)),
                    DNSMessageTests.record(28, [UInt8](repeating: 9, count: 16)),
                    DNSMessageTests.record(2, [1, 98, 0]),
                ]
            ),
        ]
        let echo: [UInt8] = [0, 7, 1, 2, 3, 4, 5, 6, 0, 7, 0, 1, 2, 3]
        var seeds: [Seed] = ResponseReaderTests.cases.map {
            ([.http, .httpHead, .httpBody, .httpDigest], Array($0.bytes.prefix(600)))
        }
        seeds += messages.map { ([.dnsMessage], $0) }
        seeds += messages.map { ([.dns, .dnsStream], framed($0)) }
        seeds.append(([.dns], messages.reversed().flatMap(framed)))
        seeds += [
            ([.agent, .conversation, .greeting, .program], Array("up ready 75%#well\n".utf8)),
            ([.agent, .conversation], Array("down,drain\r\nnot ready".utf8)),
            ([.datagram], framed(Array("all ready".utf8)) + framed([])),
            ([.echoV4], framed([0, 0, 0xf4, 0xe0, 0, 1] + echo)),
            ([.echoV6], framed([129, 0, 0, 0, 0, 1] + echo)),
            ([.http2, .http2Digest], HTTP2AnswerTests.ready),
            ([.grpc], HealthAnswerTests.serving),
            ([.grpc], HealthAnswerTests.answer([], "12")),
            ([.healthMessage], [8, 1, 18, 1, 65]),
            ([.program], [128] + Array("\nkilled".utf8)), ([.program], [255, 10, 13]),
            ([.protocolChoice], [9] + Array("h2".utf8)),
            ([.protocolChoice], [200] + Array("http/1.1".utf8)),
        ]
        let claim = Array(
            ARPPacketTests.reply[..<14] + [203, 0, 113, 10] + ARPPacketTests.reply[18...]
        )
        seeds.append(([.arp], framed(ARPPacketTests.reply) + framed(claim)))
        seeds.append(([.arp], framed(claim) + framed(ARPPacketTests.reply)))
        seeds += WireTests.words.map { ([.words, .desk], $0.bytes) }
        seeds += WireTests.orders.map { ([.orders], $0.bytes) }
        let script: [WorkerWord] = [
            .greeting(version: WorkerOrder.version), .news(line: 1, .stands),
            .end(ticket: 2, Outcome(.l7ok)), .pong(1), .news(line: 1, .ended(.closed)),
            .news(line: 2, .failed(.reset)), .end(ticket: 1, Outcome(.l4timeout)),
        ]
        seeds.append(([.desk, .words], script.flatMap(\.bytes)))
        seeds.append(([.frames], [0, 0, 0, 3, 1, 2, 3, 0, 0, 0, 1, 9, 0, 0]))
        seeds.append(([.frames], [0, 0, 0, 1, 2, 0, 2, 0, 1]))
        let shapes: [UInt8] = [0, 0x15, 0x40, 0xaa, 0xff]
        return seeds.flatMap { seed in
            seed.readers.flatMap { reader in
                shapes.map { [reader.rawValue, $0] + seed.bytes }
            }
        }
    }()

    /// `bytes` behind two bytes of their length.
    private static func framed(_ bytes: [UInt8]) -> [UInt8] {
        UInt16(clamping: bytes.count).bigEndianBytes + bytes
    }

    @Test(arguments: UInt64(0)..<60)
    func promisesAreKept(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<30 {
            var bytes = Self.seeds.randomElement(using: &generator) ?? []
            for _ in 0..<Int.random(in: 0...4, using: &generator) where bytes.count > 1 {
                let place = Int.random(in: 1..<bytes.count, using: &generator)
                switch Int.random(in: 0..<3, using: &generator) {
                case 0: bytes[place] = .random(in: 0...255, using: &generator)
                case 1: bytes.remove(at: place)
                default: bytes.insert(bytes[place], at: place)
                }
            }
            // Above two, more would be made of an input than a debug build can read here.
            if bytes.count > 1 { bytes[1] &= 0x7f }
            let reading = try #require(HostileAnswer(bytes).read())
            #expect(reading.broken.isEmpty, "seed \(seed): \(bytes)")
        }
    }

    @Test func everyReaderReadsNothing() throws {
        for reader in HostileAnswer.Reader.allCases {
            let reading = try #require(HostileAnswer([reader.rawValue]).read())
            #expect(reading.broken.isEmpty, "\(reader)")
        }
        #expect(HostileAnswer([]).read()?.broken == [])
        #expect(HostileAnswer([31, 0, 1]).read() == nil)
    }
}

extension WorkerWord {
    fileprivate var bytes: [UInt8] {
        var writer = WireWriter()
        write(&writer)
        return writer.bytes
    }
}

extension WorkerOrder {
    fileprivate var bytes: [UInt8] {
        var writer = WireWriter()
        write(&writer)
        return writer.bytes
    }
}
