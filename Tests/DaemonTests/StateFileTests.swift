import Core
import Daemon
import Foundation
import Testing

/// A drain survives; a file that makes no sense is said to, and never guessed at.
@Suite struct StateFileTests {
    private func inFolder(_ body: (StateFile) throws -> Void) throws {
        let folder = FileManager.default.temporaryDirectory
            .appendingPathComponent("penstock-\(UUID().uuidString)").path
        defer {
            do {
                try FileManager.default.removeItem(atPath: folder)
            } catch {
                // It was never made.
            }
        }
        try body(StateFile(directory: folder + "/deeper"))
    }

    @Test func whatIsNotThereIsEmpty() throws {
        try inFolder { file in
            let contents = try file.load()
            #expect(contents == StateFile.Contents())
        }
    }

    @Test func comesBackAsItWent() throws {
        try inFolder { file in
            var contents = StateFile.Contents()
            contents.drain = .init(
                reason: "disk swap \"INC-4711\"\n",
                since: Timestamp(milliseconds: 1_762_675_964_250)
            )
            try file.save(contents)
            let loaded = try file.load()
            #expect(loaded == contents)
            try file.save(StateFile.Contents())
            let empty = try file.load()
            #expect(empty.drain == nil)
        }
    }

    @Test(arguments: ["", "{", "{}", "null", "{\"version\":2}", "\u{0}\u{0}"])
    func refusesWhatMakesNoSense(text: String) throws {
        try inFolder { file in
            try file.save(StateFile.Contents())
            try Data(text.utf8).write(to: URL(fileURLWithPath: file.path))
            do throws(Fault) {
                _ = try file.load()
                Issue.record("read \(text) as a state")
            } catch {
                #expect(error.code == "D420")
                #expect(error.summary.contains(file.path))
            }
        }
    }

    @Test func saysWhenItCannotWrite() throws {
        do throws(Fault) {
            try StateFile(directory: "/proc/penstock").save(StateFile.Contents())
            Issue.record("wrote into /proc")
        } catch {
            #expect(error.code == "D421")
        }
    }
}
