/// Others that work on the thread of the prober.
///
/// A probe passes through whoever plans it, this thread and the worker, and back; to wake a thread
/// costs more than most of what is done there. What plans the probes and takes their results can
/// do so here, where orders leave and results arrive.
extension RemoteProber {
    /// Runs `work` on the thread of the prober, where it must not block; after `stop`, elsewhere.
    ///
    /// A stop while it runs ends the worker, and leaves `work` its thread until it is over.
    package func host(_ work: @Sendable () async -> Void) async {
        guard enter() else { return await work() }
        await withTaskExecutorPreference(executor) { await work() }
        leave()
    }

    /// Has `call` called on the thread of the prober at `instant`; `false` where that is so soon
    /// that it would be late by too much.
    ///
    /// It costs nothing to speak of: what else this thread waits for, it waits for until then.
    package func call(
        at instant: SuspendingClock.Instant,
        _ call: @escaping @Sendable () -> Void
    ) -> Bool {
        guard alarms.set(at: instant, now: SuspendingClock.now, call) else { return false }
        ring()
        return true
    }
}
