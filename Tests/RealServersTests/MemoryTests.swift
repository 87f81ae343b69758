import Core
import Foundation
import Link
import Net
import RealServers
import Testing

/// What is remembered between `up` and `down`.
@Suite struct MemoryTests {
    private let vip = IPAddress(v4: 0xcb00_710a)

    private func withFile(_ body: (MemoryFile) throws -> Void) throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
        try body(MemoryFile(path: folder.appending(path: "deep/memory.json").path))
        try FileManager.default.removeItem(at: folder)
    }

    private func name(_ text: String) throws -> LinkName { try #require(LinkName(text)) }

    @Test func outlivesTheProcess() throws {
        try withFile { file in
            #expect(try file.load() == nil)
            var memory = Memory()
            memory.note(vip, on: try name("lo"))
            memory.note(try name("tunl0"), isMade: false)
            memory.note(Sysctl.Undo(path: "/a", before: 0, after: 1))
            try file.save(memory)
            #expect(try file.load() == memory)
            // Nothing to remember leaves no file.
            try file.save(Memory())
            #expect(try file.load() == nil)
        }
    }

    @Test func remembersWhatWasThereBeforeTheFirstWrite() throws {
        var memory = Memory()
        memory.note(Sysctl.Undo(path: "/a", before: 0, after: 1))
        memory.note(Sysctl.Undo(path: "/a", before: 1, after: 2))
        #expect(memory.settings == [Sysctl.Undo(path: "/a", before: 0, after: 2)])
        // Made first and set up later is still made.
        memory.note(try name("tunl0"), isMade: true)
        memory.note(try name("tunl0"), isMade: false)
        #expect(memory.links.map(\.isMade) == [true])
        memory.note(vip, on: try name("lo"))
        memory.note(vip, on: try name("lo"))
        #expect(memory.addresses.count == 1)
    }

    @Test(arguments: ["", "{}", #"{"version": 2, "addresses": [], "links": [], "settings": []}"#])
    func isRefusedRatherThanGuessedAt(text: String) throws {
        try withFile { file in
            let folder = URL(fileURLWithPath: file.path).deletingLastPathComponent()
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            try Data(text.utf8).write(to: URL(fileURLWithPath: file.path))
            do throws(Fault) {
                _ = try file.load()
                Issue.record("took \(text)")
            } catch {
                #expect(error.code == "K344")
            }
        }
    }
}
