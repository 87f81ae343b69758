import Foundation
import Testing

/// What the fuzzer found worth keeping is read without a trap, an end that never comes, or a
/// promise broken, and reaches every reader.
@Suite struct HostileCorpusTests {
    /// The files below `Corpus`, each with the bytes of one `HostileAnswer`.
    private static let folder = URL(filePath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "Corpus")

    /// How many different ends the answers to a reader come to at least.
    ///
    /// What a corpus that has decayed falls below: it is rewritten by what covers the code, and a
    /// reader that refuses everything still covers some of it.
    private static func fewest(_ reader: HostileAnswer.Reader) -> Int {
        switch reader {
        case .http, .httpHead, .httpBody, .httpDigest, .http2, .http2Digest, .grpc: 6
        case .dns, .dnsStream, .dnsMessage, .orders, .words, .desk: 5
        case .agent, .arp: 4
        case .conversation, .healthMessage, .program, .protocolChoice: 3
        case .echoV4, .echoV6, .greeting, .datagram, .frames: 2
        }
    }

    @Test func everyFileIsReadAndEveryReaderReached() throws {
        let files = try FileManager.default.contentsOfDirectory(
            at: Self.folder,
            includingPropertiesForKeys: nil
        )
        var bytes = 0
        var outcomes: [HostileAnswer.Reader: Set<String>] = [:]
        for file in files {
            #expect(file.pathExtension == "bin")
            let content = Array(try Data(contentsOf: file))
            bytes += content.count
            let answer = HostileAnswer(content)
            let reader = try #require(answer.reader, "\(file.lastPathComponent)")
            let reading = try #require(answer.read())
            #expect(reading.broken.isEmpty, "\(file.lastPathComponent)")
            outcomes[reader, default: []].insert(reading.outcome)
        }
        for reader in HostileAnswer.Reader.allCases {
            let found = outcomes[reader] ?? []
            #expect(found.count >= Self.fewest(reader), "\(reader): \(found.sorted())")
        }
        // The repository is no place for a heap of bytes; `integration/fuzz --keep` is selective.
        #expect(files.count <= 500)
        #expect(bytes <= 1 << 20)
    }
}
