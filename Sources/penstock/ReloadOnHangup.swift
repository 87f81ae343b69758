internal import Logging
internal import ServiceLifecycle
internal import UnixSignals

/// Reads the configuration again on SIGHUP, as `penstock reload` does.
struct ReloadOnHangup: Service {
    let office: Office
    let logger: Logger

    func run() async throws {
        let signals = await UnixSignalsSequence(trapping: .sighup)
        for await _ in signals.cancelOnGracefulShutdown() {
            do {
                _ = try await office.reload()
            } catch {
                // The office has logged why; what was in force stays in force.
            }
        }
    }
}
