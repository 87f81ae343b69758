import Dispatch
import Synchronization

/// Looks at the drain file on a thread of its own.
///
/// A file system over a network may hold whoever asks it for minutes. On a thread of Swift's pool,
/// which has one for each CPU, that would be the planes.
final class DrainFileLookout: Sendable {
    /// How long a look may take before it is said that it cannot tell: a local one takes
    /// microseconds, one over a network milliseconds.
    static let patience = Duration.seconds(5)

    private let queue = DispatchQueue(label: "penstock.drain-file")
    /// Whether a look has not come back; a second one would only wait behind it.
    private let isOut = Mutex(false)

    /// What a look at `file` gives, or that nothing is known where it takes too long; `nil` when
    /// the task is cancelled meanwhile.
    ///
    /// `looking` and `waiting` are the look and the patience with it.
    func sight(
        of file: DrainFile,
        looking: @escaping @Sendable (DrainFile) -> DrainFile.Sight = { $0.look() },
        waiting: @escaping @Sendable () async throws -> Void = {
            try await Task.sleep(for: patience)
        }
    ) async -> DrainFile.Sight? {
        let (sights, answer) = AsyncStream.makeStream(
            of: DrainFile.Sight.self,
            bufferingPolicy: .bufferingOldest(1)
        )
        let isFirst = isOut.withLock { isOut in
            defer { isOut = true }
            return !isOut
        }
        if isFirst {
            queue.async {
                let sight = looking(file)
                self.isOut.withLock { $0 = false }
                answer.yield(sight)
            }
        }
        return await withTaskGroup { group in
            group.addTask {
                do { try await waiting() } catch { return }
                answer.yield(.unknown("its file system has not answered for \(Self.patience)"))
            }
            defer { group.cancelAll() }
            for await sight in sights { return sight }
            return nil
        }
    }
}
