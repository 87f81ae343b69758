import Link
package import Logging
package import Net
import Synchronization

/// Listens to the kernel for neighbours that fail and links that are lost, and says which real
/// servers are behind them.
package final class PathWatch: Sendable {
    /// What is told of a server that is behind what was lost: the address, and what that was.
    package typealias Report = @Sendable ([IPAddress: String]) -> Void

    /// The least time between two reports: what is lost and found all the time is not probed more
    /// often than a usual check would.
    static let pause: Duration = .seconds(1)

    /// How often ways are looked up again: routes to real servers change with the network, and a
    /// way that is out of date only means that a loss is found by polling.
    static let refresh: Duration = .seconds(300)

    /// How soon a change of the addresses is noticed.
    static let look: Duration = .seconds(1)

    private struct State: Sendable {
        var addresses: Set<IPAddress> = []
        var memory = PathMemory()
        var isStale = false
    }

    private let paths: Paths
    private let losses: @Sendable () throws(LinkError) -> AsyncStream<[PathLoss]>
    private let sleep: @Sendable (Duration) async throws -> Void
    private let logger: Logger
    private let state = Mutex(State())

    /// A watch over the network namespace of this process.
    package convenience init(logger: Logger) {
        self.init(
            .live(),
            losses: Paths.losses,
            sleep: { try await Task.sleep(for: $0) },
            logger: logger
        )
    }

    init(
        _ paths: Paths,
        losses: @escaping @Sendable () throws(LinkError) -> AsyncStream<[PathLoss]>,
        sleep: @escaping @Sendable (Duration) async throws -> Void,
        logger: Logger
    ) {
        self.paths = paths
        self.losses = losses
        self.sleep = sleep
        self.logger = logger
    }

    /// Makes these the addresses that are watched.
    package func update(_ addresses: Set<IPAddress>) {
        state.withLock { state in
            guard state.addresses != addresses else { return }
            state.addresses = addresses
            state.memory.keep(addresses)
            state.isStale = true
        }
    }

    /// Listens until the task is cancelled.
    package func run(reporting report: @escaping Report) async {
        await withDiscardingTaskGroup { group in
            group.addTask { await self.learn() }
            group.addTask { await self.listen(report) }
        }
    }

    private func listen(_ report: Report) async {
        var isTold = false
        // Ends with its task: whatever ends a subscription, the next one begins after a pause.
        while !Task.isCancelled {
            do throws(LinkError) {
                for await heard in try losses() {
                    let cut = state.withLock { $0.memory.cutOff(by: heard) }
                    guard !cut.isEmpty else { continue }
                    report(cut.mapValues { "\($0)" })
                    guard await rest(Self.pause) else { return }
                }
            } catch {
                if !isTold {
                    logger.warning(
                        "neighbours and links that are lost are only found by polling",
                        metadata: ["reason": "\(error)"]
                    )
                }
                isTold = true
            }
            guard await rest(Self.pause) else { return }
        }
    }

    /// Looks up ways whenever there are other addresses, and now and then.
    private func learn() async {
        var age = Duration.zero
        while await rest(Self.look) {
            age += Self.look
            let addresses = state.withLock { state -> Set<IPAddress>? in
                guard state.isStale || age >= Self.refresh else { return nil }
                state.isStale = false
                return state.addresses
            }
            guard let addresses else { continue }
            age = .zero
            for address in addresses where !Task.isCancelled { await lookUp(address) }
        }
    }

    private func lookUp(_ address: IPAddress) async {
        do throws(LinkError) {
            let path = try await paths.path(to: address)
            state.withLock { state in
                if state.addresses.contains(address) { state.memory.learn(address, path) }
            }
        } catch {
            logger.debug("a way is not known", metadata: ["reason": "\(error)"])
        }
    }

    private func rest(_ duration: Duration) async -> Bool {
        do {
            try await sleep(duration)
            return true
        } catch {
            return false
        }
    }
}
