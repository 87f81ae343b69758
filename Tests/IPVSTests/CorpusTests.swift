import Foundation
import Testing

/// What the fuzzer found worth keeping is read without a trap, an end that never comes, or a
/// promise broken.
@Suite struct CorpusTests {
    /// The files below `Corpus`, each with the bytes of one `HostileReply`.
    private static let folder = URL(filePath: #filePath).deletingLastPathComponent()
        .appending(path: "Corpus")

    @Test func everyFileIsRead() async throws {
        let files = try FileManager.default.contentsOfDirectory(
            at: Self.folder,
            includingPropertiesForKeys: nil
        )
        #expect(files.count > 50)
        var bytes = 0
        for file in files {
            #expect(file.pathExtension == "bin")
            let content = try Data(contentsOf: file)
            bytes += content.count
            let broken = await HostileReply(Array(content)).read()
            #expect(broken.isEmpty, "\(file.lastPathComponent)")
        }
        // The repository is no place for a heap of bytes; `integration/fuzz --keep` is selective.
        #expect(files.count <= 300)
        #expect(bytes <= 300 * 1024)
    }

    @Test func anyRequestTakesNoBytes() async {
        for kind in UInt8.min...UInt8.max {
            #expect(await HostileReply([kind]).read().isEmpty)
        }
        #expect(await HostileReply([]).read().isEmpty)
    }
}
