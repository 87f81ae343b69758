/// What is thrown when work took longer than it may.
struct DeadlinePassed: Error {}

/// Does `work` and throws `DeadlinePassed` when it takes longer than `limit`.
///
/// Work that is late is cancelled and waited for, so it must heed its cancellation.
func within<Value: Sendable>(
    _ limit: Duration,
    _ work: @escaping @Sendable () async throws -> Value
) async throws -> Value {
    try await withThrowingTaskGroup(of: Value.self) { group in
        group.addTask { try await work() }
        group.addTask {
            try await Task.sleep(for: limit)
            throw DeadlinePassed()
        }
        defer { group.cancelAll() }
        guard let value = try await group.next() else { throw CancellationError() }
        return value
    }
}
