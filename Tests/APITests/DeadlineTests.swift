import Testing

@testable import API

struct DeadlineTests {
    @Test func cancelsWhatTakesTooLong() async {
        await #expect(throws: DeadlinePassed.self) {
            try await within(.milliseconds(1)) {
                // Ends by its cancellation alone.
                let (stream, continuation) = AsyncStream.makeStream(
                    of: Void.self,
                    bufferingPolicy: .bufferingNewest(1)
                )
                for await _ in stream {}
                withExtendedLifetime(continuation) {}
            }
        }
    }

    @Test func passesOnWhatTheWorkAnswersOrThrows() async throws {
        #expect(try await within(.seconds(60)) { 7 } == 7)
        await #expect(throws: CancellationError.self) {
            try await within(.seconds(60)) { throw CancellationError() }
        }
    }
}
