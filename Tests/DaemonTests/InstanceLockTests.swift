import Core
import Daemon
import Foundation
import Testing

/// One holder per name, and the name is free again when the holder is gone.
@Suite struct InstanceLockTests {
    @Test func aSecondOneIsRefusedUntilTheFirstIsGone() async throws {
        let name = "\0penstock-test/\(UUID().uuidString)"
        let first = try await InstanceLock(name: name)
        do throws(Fault) {
            _ = try await InstanceLock(name: name)
            Issue.record("two held the lock")
        } catch {
            #expect(error.code == "D401")
        }
        await first.release()
        let second = try await InstanceLock(name: name)
        await second.release()
    }

    /// An abstract name leaves no file behind.
    @Test func leavesNoFile() async throws {
        let name = "penstock-test-\(UUID().uuidString)"
        let lock = try await InstanceLock(name: "\0" + name)
        #expect(!FileManager.default.fileExists(atPath: name))
        await lock.release()
    }
}
