package import Core
package import NIOCore
import NIOPosix

/// Runs probes: a target in, an `Outcome` out, within the timeout of its check.
///
/// One deadline bounds everything, from the connection to the last byte of the answer. Whatever a
/// server sends, the worst it can do is to fail its own check.
package struct Prober: Sendable {
    private let group: any EventLoopGroup
    private let userAgent: String

    /// Probes on the event loops of `group`, which must outlive every probe.
    ///
    /// One loop is enough for thousands of probes a second. `userAgent` is what HTTP servers are
    /// told; printable ASCII.
    package init(
        group: any EventLoopGroup = MultiThreadedEventLoopGroup.singleton,
        userAgent: String = "penstock"
    ) {
        self.group = group
        self.userAgent = userAgent
    }

    /// Probes `target` once; a cancelled task gets an outcome at once that says nothing.
    package func probe(_ target: ProbeTarget) async -> Outcome {
        let loop = group.next()
        let attempt = NIOLoopBoundBox.makeBoxSendingValue(
            ProbeAttempt(target, userAgent: userAgent),
            eventLoop: loop
        )
        return await withTaskCancellationHandler {
            await withCheckedContinuation { report in
                loop.execute { ProbeAttempt.start(attempt, on: loop, reporting: report) }
            }
        } onCancel: {
            loop.execute { attempt.value.cancel() }
        }
    }
}
