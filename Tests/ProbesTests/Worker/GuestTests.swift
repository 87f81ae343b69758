import Core
import Net
import Netlink
import Synchronization
import Testing

@testable import Probes

/// What works on the thread of the prober, beside it.
@Suite(.timeLimit(.minutes(10))) struct GuestTests {
    private static let order = ProbeOrder(
        ProbeSchedule.Run(
            target: ProbeTarget(
                endpoint: Endpoint(IPAddress(v4: 0x7f00_0001), 9),
                check: Check(method: .tcp)
            )
        ),
        started: .zero
    )

    /// Somebody who waits for what the prober calls.
    private struct Calls {
        let ends: AsyncStream<Void>
        let call: @Sendable () -> Void

        init() {
            let (ends, called) = AsyncStream.makeStream(of: Void.self)
            self.ends = ends
            call = { called.yield() }
        }

        func next() async { for await _ in ends.prefix(1) {} }
    }

    /// Orders leave from there and results arrive there, and a stop in between takes the thread
    /// from nobody.
    @Test func aGuestKeepsTheThreadUntilItIsOver() async throws {
        let prober = try RemoteProber(program: RemoteProberTests.real) { _ in }
        let executor = prober.executor
        let ended = Calls()
        let called = Calls()
        let places = Mutex<[Bool]>([])
        await prober.host {
            prober.begin { _ in
                places.withLock { $0.append(executor.isHere) }
                ended.call()
            }
            prober.start([Self.order])
            await ended.next()
            places.withLock { $0.append(executor.isHere) }
            prober.stop()
            let due = SuspendingClock.now.advanced(by: ThreadAlarms.least * 2)
            let isSet = prober.call(at: due) {
                places.withLock { $0.append(executor.isHere && SuspendingClock.now >= due) }
                called.call()
            }
            places.withLock { $0.append(isSet) }
            await called.next()
            places.withLock { $0.append(executor.isHere) }
        }
        #expect(places.withLock(\.self) == [true, true, true, true, true])
        #expect(!executor.isHere)
        // It has no thread any more.
        await prober.host { places.withLock { $0.append(executor.isHere) } }
        #expect(places.withLock(\.self).last == false)
    }
}
