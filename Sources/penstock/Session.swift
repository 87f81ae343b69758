internal import API
internal import ArgumentParser
internal import Core
internal import Foundation

/// A verb at work: the daemon it asks, the terminal it answers on, and until when.
struct Session {
    /// How long a verb waits that was not told how long.
    static let defaultTimeout: Duration = .seconds(30)
    /// How long a verb waits for a whole drain: its settling alone may take a minute.
    static let drainTimeout: Duration = .seconds(300)
    /// The time between two looks while waiting: short enough to look alive on a screen, and a
    /// thousandth of what the daemon's own loop does meanwhile.
    static let lookEvery: Duration = .milliseconds(200)

    let terminal: Terminal
    private let socket: String
    private let timeout: Duration
    private let began = ContinuousClock.now

    init(terminal: Terminal, socket: String, timeout: Duration) {
        self.terminal = terminal
        self.socket = socket
        self.timeout = timeout
    }

    /// How long it has been at work.
    var elapsed: Duration { began.duration(to: .now) }

    /// Sends a request, to the daemon that runs here unless said, which may take as long as is
    /// left.
    @discardableResult
    func send(
        _ method: ControlClient.Method,
        _ path: String,
        body: String? = nil,
        to place: ControlClient.Place? = nil
    ) async throws -> ControlClient.Answer {
        let left = max(timeout - elapsed, Self.lookEvery)
        let place = place ?? .socket(socket)
        try terminal.note("\(method.rawValue) \(path) on \(place)")
        let answer = try await ControlClient(at: place, timeout: left)
            .send(method, path, body: body)
        try terminal.note("\(answer.status), \(answer.body.utf8.count) bytes")
        return answer
    }

    /// Looks at `path` again and again until `judge` has an answer.
    ///
    /// A daemon that is just starting, or starts anew meanwhile, is waited for like anything else.
    ///
    /// - Returns: what `judge` answered.
    /// - Throws: what kept the last look from succeeding, or that the time is up.
    @discardableResult
    func wait<Document: Decodable, Value>(
        on path: String,
        for what: String,
        until judge: (Document) throws -> Value?
    ) async throws -> Value {
        try await wait(for: what) {
            let document: Document = try await send(.get, path).decoded()
            return try judge(document)
        }
    }

    /// Looks again and again until `look` has an answer.
    @discardableResult
    func wait<Value>(
        for what: String,
        until look: () async throws -> Value?
    ) async throws -> Value {
        var failure = ControlFailure(.late, Self.gaveUp(on: what, after: timeout))
        repeat {
            do {
                if let value = try await look() { return value }
                failure = ControlFailure(.late, Self.gaveUp(on: what, after: timeout))
            } catch let met as ControlFailure where met.kind == .unreachable {
                failure = met
            }
            try await Task.sleep(for: Self.lookEvery)
        } while elapsed < timeout
        throw failure
    }

    private static func gaveUp(on what: String, after timeout: Duration) -> Fault {
        Fault(
            code: "D415",
            summary: "gave up waiting for \(what) after \(Figures.elapsed(timeout))",
            because: "it goes on without us",
            fix: "penstock status; or wait longer: --timeout"
        )
    }
}

extension GlobalOptions {
    /// Does a verb's work, tells what went wrong, and ends the program with the right code.
    func perform(
        within standard: Duration = Session.defaultTimeout,
        _ work: (Session) async throws -> ExitStatus
    ) async throws {
        let session = Session(
            terminal: terminal,
            socket: socket,
            timeout: timeout?.duration ?? standard
        )
        let status: ExitStatus
        do {
            status = try await work(session)
        } catch let failure as ControlFailure {
            try session.terminal.report(FaultScreen.lines(failure))
            throw ExitStatus(failure.kind).exit
        }
        guard status == .success else { throw status.exit }
    }
}
