public import Logging
public import NIOCore

/// Keeps one VTY connection to a daemon that comes and goes.
///
/// Whoever needs the connection asks for it. When it is gone it is dialled again, but not before
/// the backoff allows; until then everyone gets the last error at once, so that a daemon which is
/// down costs nobody time. `keep` makes that happen unasked, and says when it did.
public actor VTYSession {
    /// Where the session stands.
    private enum State {
        /// Nothing was tried since the connection was lost, or ever. Can transition to: `dialling`.
        case down
        /// Can transition to: `up`, `waiting`.
        case dialling(EventLoopFuture<VTY>)
        /// Can transition to: `down`.
        case up(VTY)
        /// The last dial failed, or the connection has ended. Can transition to: `dialling`, once
        /// that instant has passed; to `down`, when hurried after a failed dial.
        case waiting(until: ContinuousClock.Instant, FRRError, hasEnded: Bool)
    }

    /// What `keep` reports: the daemon can be talked to, or not and why.
    public enum Change: Hashable, Sendable {
        /// A new connection: nothing known before it is certain any more.
        case connected
        /// No connection, for this reason; reported once for each new code.
        case lost(FRRError)
    }

    private let socket: String
    private let group: any EventLoopGroup
    private let allowances: VTYAllowances
    private let logger: Logger
    private var backoff: Backoff
    private var jitter: any RandomNumberGenerator & Sendable
    private var state = State.down
    /// What `keep` waits in between two dials.
    private var rest: Task<Void, Never>?
    /// Whether the dial that is under way, should it fail, is to be followed by another at once.
    private var isHurried = false
    /// How many connections there have been: another number may be another process.
    public private(set) var connections = 0

    /// The number of the connection that is open now; `nil` when none is.
    public var openConnection: Int? {
        if case .up(let vty) = state, vty.isOpen { connections } else { nil }
    }

    /// A session that has not dialled yet.
    ///
    /// - Parameters:
    ///   - socket: The path of the daemon's VTY socket.
    ///   - group: Where the connection lives; one event loop is plenty.
    ///   - allowances: The deadlines and reply sizes of its commands.
    ///   - backoff: The waits between failed dials.
    ///   - jitter: Where their randomness comes from.
    ///   - logger: Told about connections and their ends, with the error's code.
    public init(
        socket: String,
        group: any EventLoopGroup,
        allowances: VTYAllowances = VTYAllowances(),
        backoff: Backoff = Backoff(),
        jitter: any RandomNumberGenerator & Sendable = SystemRandomNumberGenerator(),
        logger: Logger
    ) {
        self.socket = socket
        self.group = group
        self.allowances = allowances
        self.backoff = backoff
        self.jitter = jitter
        self.logger = logger
    }

    /// The live connection, dialled if need be; callers during one dial share its outcome.
    public func connection() async throws(FRRError) -> VTY {
        switch state {
        case .up(let vty) where vty.isOpen: return vty
        case .waiting(let until, let error, _) where ContinuousClock.now < until: throw error
        case .dialling(let dial): return try await outcome(of: dial)
        case .down, .up, .waiting: break
        }
        // A future, so that others can wait for the same dial while this actor is suspended.
        let promise = group.next().makePromise(of: VTY.self)
        state = .dialling(promise.futureResult)
        isHurried = false
        do {
            let vty = try await VTY.dial(socket, on: group, allowances: allowances)
            backoff.succeeded()
            state = .up(vty)
            connections += 1
            logger.info("connected to bgpd", metadata: ["socket": "\(socket)"])
            promise.succeed(vty)
            return vty
        } catch {
            let wait = backoff.failed(using: &jitter)
            state = isHurried ? .down : .waiting(until: .now + wait, error, hasEnded: false)
            promise.fail(error)
            throw error
        }
    }

    /// Keeps the session connected until the task is cancelled, and reports every change.
    ///
    /// - Parameter report: Called with each change, in order, before the next is looked for.
    public func keep(reporting report: @Sendable (Change) async -> Void) async {
        // A reason is new when its code is: the evidence may differ at every dial.
        var last: String?
        // Ends with its task: a director without bgpd can do nothing but try again.
        while !Task.isCancelled {
            let failure: FRRError
            do {
                let vty = try await connection()
                last = nil
                await report(.connected)
                await vty.closed()
                failure = ended()
            } catch {
                failure = error
            }
            guard !Task.isCancelled else { return }
            if failure.code != last {
                logger.warning(
                    "no connection to bgpd",
                    metadata: ["code": "\(failure.code)", "reason": "\(failure.summary)"]
                )
                await report(.lost(failure))
            }
            last = failure.code
            await pause()
        }
    }

    /// The daemon has just been reached on another connection: a wait for the next dial is over.
    ///
    /// But for the short one after a connection that has ended: a daemon that hangs up on everyone
    /// would otherwise have two connections end each other's waits for ever.
    public func hurry() {
        switch state {
        case .waiting(_, _, hasEnded: false):
            state = .down
            rest?.cancel()
        case .dialling: isHurried = true
        case .waiting, .down, .up: break
        }
    }

    /// Ends the connection, if there is one; the next caller dials again.
    public func close() async {
        guard case .up(let vty) = state else { return }
        state = .down
        await vty.close()
    }

    private func outcome(of dial: EventLoopFuture<VTY>) async throws(FRRError) -> VTY {
        do {
            return try await dial.get()
        } catch let error as FRRError {
            throw error
        } catch {
            throw .unreachable(socket: socket, words: "\(error)")
        }
    }

    /// The connection has ended; a daemon that hangs up on everyone must not be dialled in a rush.
    private func ended() -> FRRError {
        let error = FRRError.closed(socket: socket, line: nil)
        // Whoever noticed first may have dialled already.
        if case .up(let vty) = state, !vty.isOpen {
            let wait = backoff.failed(using: &jitter)
            state = .waiting(until: .now + wait, error, hasEnded: true)
        }
        return error
    }

    /// Sleeps until the next dial is allowed.
    private func pause() async {
        guard case .waiting(let until, _, _) = state else { return }
        let rest = Task {
            do {
                try await ContinuousClock().sleep(until: until)
            } catch {
                // Hurried or cancelled: the loop sees that itself.
                return
            }
        }
        self.rest = rest
        await withTaskCancellationHandler {
            await rest.value
        } onCancel: {
            rest.cancel()
        }
        self.rest = nil
    }
}
