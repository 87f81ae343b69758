import Core
import Foundation
import Settings
import Testing

/// Reading from disk: which files are read at all.
@Suite struct SettingsFileTests {
    /// Calls `body` with the path of a new, empty folder.
    private func withFolder(_ body: (String) throws -> Void) throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent(
            "penstock-\(UUID().uuidString)"
        )
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer {
            do {
                try FileManager.default.removeItem(at: folder)
            } catch {
                Issue.record("cannot remove \(folder.path): \(error)")
            }
        }
        try body(folder.path)
    }

    private func write(_ bytes: Data, to path: String, mode: Int = 0o640) {
        let isWritten = FileManager.default.createFile(
            atPath: path,
            contents: bytes,
            attributes: [.posixPermissions: mode]
        )
        #expect(isWritten)
    }

    @Test func aFileIsReadAlsoThroughALink() throws {
        try withFolder { folder in
            write(Data(Sample.text.utf8), to: folder + "/p.yaml")
            try FileManager.default.createSymbolicLink(
                atPath: folder + "/link.yaml",
                withDestinationPath: folder + "/p.yaml"
            )
            for path in [folder + "/p.yaml", folder + "/link.yaml"] {
                let loaded = try Settings.load(path: path, hostName: "host")
                #expect(loaded.intent == (try Sample.load().intent))
                #expect(loaded.warnings.isEmpty)
                #expect(loaded.digest == Digest(of: Sample.text))
            }
        }
    }

    @Test func aFileThatEveryoneMayWriteIsAWarning() throws {
        try withFolder { folder in
            let path = folder + "/p.yaml"
            write(Data(Sample.text.utf8), to: path, mode: 0o666)
            // The mode of a new file passes the umask.
            try FileManager.default.setAttributes([.posixPermissions: 0o666], ofItemAtPath: path)
            let loaded = try Settings.load(path: path, hostName: "host")
            #expect(loaded.warnings.map(\.code) == [.permissions])
            let text =
                "\(path):1:1: warning[C120]: everyone may write to this file, and so decide what "
                + "is announced\n      = help: chmod o-w \(path)\n"
            // A long path is cut where it is quoted.
            #expect(loaded.warningText == text || path.count > Limits.quotedCharacters)
        }
    }

    @Test func whatIsNoFileIsRefused() throws {
        try withFolder { folder in
            let expectations = [
                (folder, "cannot read the configuration: it is not a regular file"),
                ("/dev/null", "cannot read the configuration: it is not a regular file"),
                (folder + "/none", "cannot read the configuration: there is no such file"),
            ]
            for (path, message) in expectations {
                let rejection = try #require(throws: Rejection.self) {
                    try Settings.load(path: path, hostName: "host")
                }
                #expect(rejection.description == "\(path):1:1: error[C100]: \(message)\n")
            }
        }
    }

    @Test func aFileThatIsTooLargeIsRefused() throws {
        try withFolder { folder in
            let path = folder + "/p.yaml"
            write(Data(repeating: 0x23, count: Limits.fileBytes + 1), to: path)
            let rejection = try #require(throws: Rejection.self) {
                try Settings.load(path: path, hostName: "host")
            }
            let expected = "\(path):1:1: error[C100]: the file is larger than 8 MiB\n"
            #expect(rejection.description == expected)
        }
    }

    @Test func bytesThatAreNotUTF8AreRefusedWhereTheyStand() throws {
        try withFolder { folder in
            let path = folder + "/p.yaml"
            write(Data("version: 1\nnode: { name: \u{e4}".utf8) + [0xe4, 0x20], to: path)
            let rejection = try #require(throws: Rejection.self) {
                try Settings.load(path: path, hostName: "host")
            }
            let problem = try #require(rejection.problems.first)
            #expect(problem.code == .notText)
            #expect(problem.span == Span(line: 2, column: 16))
        }
    }

    @Test func everyExampleLoads() throws {
        let examples = URL(fileURLWithPath: #filePath)
            .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
            .appendingPathComponent("examples").path
        let files = try FileManager.default.contentsOfDirectory(atPath: examples)
            .filter { $0.hasSuffix(".yaml") }
        #expect(Set(files).isSuperset(of: ["minimal.yaml", "full.yaml"]))
        for file in files {
            let loaded = try Settings.load(path: "\(examples)/\(file)", hostName: "host")
            #expect(!loaded.intent.vips.isEmpty, "\(file)")
            #expect(loaded.warningText.isEmpty, "\(file)")
        }
    }
}
