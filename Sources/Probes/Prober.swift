package import Core
package import NIOCore
import NIOPosix
import NIOSSL

/// Runs probes: a target in, an `Outcome` out, within the timeout of its check.
///
/// One deadline bounds everything, from the connection to the last byte of the answer. Whatever a
/// server sends, the worst it can do is to fail its own check.
package struct Prober: Sendable {
    private let group: any EventLoopGroup
    private let userAgent: String
    private let civilNow: @Sendable () -> Timestamp
    private let contexts = TLSContexts()

    /// Probes on the event loops of `group`, which must outlive every probe.
    ///
    /// One loop is enough for thousands of probes a second. `userAgent` is what HTTP servers are
    /// told; printable ASCII. `civilNow` is what the end of a certificate is told from.
    package init(
        group: any EventLoopGroup = MultiThreadedEventLoopGroup.singleton,
        userAgent: String = "penstock",
        civilNow: @escaping @Sendable () -> Timestamp
    ) {
        self.group = group
        self.userAgent = userAgent
        self.civilNow = civilNow
    }

    /// Probes `target` once; a cancelled task gets an outcome at once that says nothing.
    package func probe(_ target: ProbeTarget) async -> Outcome {
        if case .program = target.check.method {
            return Outcome(.socketError, detail: "a program is run by the worker only")
        }
        let tls: NIOSSLContext?
        do {
            tls = try target.check.method.tls.map { try contexts.context(for: $0) }
        } catch {
            return Outcome(.socketError, detail: Self.unreadable(target.check.method.tls, error))
        }
        let loop = group.next()
        let attempt = NIOLoopBoundBox.makeBoxSendingValue(
            ProbeAttempt(target, tls: tls, userAgent: userAgent, civilNow: civilNow),
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

    private static func unreadable(_ terms: TLSTerms?, _ error: any Error) -> String {
        let file = terms?.authorities.map { Evidence.printable($0.utf8) } ?? "this host"
        let reason = Handshake.fault(error) ?? Evidence.printable("\(error)".utf8)
        return "cannot read the authorities of \(file): \(reason)"
    }
}
