import Foundation
import Settings
import Testing

@Suite struct SettingsTests {
    @Test func x() throws {
        for p in ["examples/minimal.yaml", "examples/full.yaml", "/tmp/bad.yaml"] {
            do {
                let l = try Settings.load(path: p, hostName: "h")
                FileHandle.standardError.write(Data("\(l)".utf8))
            } catch { FileHandle.standardError.write(Data("\(error)".utf8)) }
        }
    }
}
