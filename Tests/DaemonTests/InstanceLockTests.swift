import Core
import Daemon
import Foundation
import Testing

/// One holder per name, and the name is free again when the holder is gone.
@Suite(.timeLimit(.minutes(10))) struct InstanceLockTests {
    /// The lock, once it is free.
    ///
    /// A child that another test starts just then has a copy of every descriptor until it has
    /// closed them, so that the name may be held a moment longer than by its holder.
    private func lockOnceFree(_ name: String) async throws -> InstanceLock {
        while true {  // Ends when it is free, or with the suite.
            do throws(Fault) {
                return try await InstanceLock(name: name)
            } catch {
                guard error.code == "D401" else { throw error }
                await Task.yield()
            }
        }
    }

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
        let second = try await lockOnceFree(name)
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
