import API
import Core
import Foundation
import Logging
import NIOCore
import NIOPosix
import ServiceLifecycle
import Synchronization
import TestSupport
import Testing

/// A directory of its own for a test's sockets, short enough for `sun_path`.
struct TestDirectory {
    /// What a client of a test waits: longer than any machine in need takes for an answer.
    static let hang: Duration = .seconds(600)

    let path: String

    init() throws {
        path = "/tmp/penstock-\(UInt64.random(in: .min ... .max))"
        try FileManager.default.createDirectory(
            atPath: path,
            withIntermediateDirectories: false
        )
    }

    var socket: String { "\(path)/control.sock" }

    /// Takes it away with everything in it.
    func remove() {
        do {
            try FileManager.default.removeItem(atPath: path)
        } catch {
            Issue.record(error)
        }
    }
}

extension Logger {
    /// A logger that keeps a test's output to what the test says.
    static let silent = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
}

/// Leaves a socket at `path` as a daemon does that was killed.
func leaveSocket(at path: String) async throws {
    // NIO removes the file it has bound; one that was renamed meanwhile it does not find.
    let listener = try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
        .bind(unixDomainSocketPath: "\(path).bound").get()
    try FileManager.default.moveItem(atPath: "\(path).bound", toPath: path)
    try await listener.close()
}

/// A director that does what it is told and remembers what that was.
final class StagedDirector: Sendable {
    private let asked = Mutex<[String]>([])
    private let picture: Mutex<Snapshot>
    private let refusal = Mutex<Refusal?>(nil)
    private let pulses = Mutex<[LoopPulse]>([])
    private let ready = Mutex(true)

    init(_ snapshot: Snapshot) { picture = Mutex(snapshot) }

    /// What it was asked to do, in order.
    var requests: [String] { asked.withLock { $0 } }

    func refuse(_ reason: Refusal) { refusal.withLock { $0 = reason } }
    func beat(_ loops: [LoopPulse]) { pulses.withLock { $0 = loops } }
    func become(ready isReady: Bool) { ready.withLock { $0 = isReady } }
    func change(_ edit: (inout Snapshot) -> Void) { picture.withLock { edit(&$0) } }

    private func take(_ request: String) throws(Refusal) {
        asked.withLock { $0.append(request) }
        if let refusal = refusal.withLock({ $0 }) { throw refusal }
    }

    var controls: Controls {
        Controls(
            snapshot: { self.picture.withLock { $0 } },
            loops: { self.pulses.withLock { $0 } },
            isReady: { self.ready.withLock { $0 } },
            drain: { wish throws(Refusal) in
                let parts = [
                    wish.mode.map { "drain \($0.rawValue)" } ?? "undrain",
                    wish.scopes.map { "\($0)" }.joined(separator: ","), wish.reason,
                    wish.term.map { "for \($0)" } ?? "", wish.isLastPathWaived ? "yes" : "",
                    wish.isTransient ? "transient" : "",
                ]
                try self.take(parts.filter { !$0.isEmpty }.joined(separator: " "))
            },
            change: { wish throws(Refusal) in
                try self.take("\(wish.key): \(wish.change) by \(wish.by)")
                return ["noted"]
            },
            path: { vip in
                // One nobody can tell anything of.
                guard vip.name != "web-v6" else { return [] }
                return [
                    GateStatus(name: "kernel", standing: .open, text: "\(vip.address) is there")
                ]
            },
            reload: { () throws(Refusal) in
                try self.take("reload")
                return ReloadReport(config: self.picture.withLock { $0.config }, changed: true)
            },
            plan: { text throws(Refusal) in
                try self.take("plan \(text?.utf8.count ?? -1)")
                return PlanReport(source: text == nil ? "file" : "request", steps: [])
            }
        )
    }
}

extension StagedDirector {
    /// Answers on a control socket of its own while `body` asks.
    func serving<Value: Sendable>(
        _ body: (ControlClient) async throws -> Value
    ) async throws -> Value {
        let directory = try TestDirectory()
        defer { directory.remove() }
        let client = ControlClient(socket: directory.socket, timeout: TestDirectory.hang)
        let server = ControlServer(
            socket: SocketFile(path: directory.socket, group: nil),
            controls: controls,
            logger: .silent
        )
        return try await server.serving(client) { try await body(client) }
    }
}

extension ControlServer {
    /// Serves while `body` runs, and stops as the daemon would.
    func serving<Value: Sendable>(
        _ client: ControlClient,
        _ body: () async throws -> Value
    ) async throws -> Value {
        let group = ServiceGroup(services: [self], logger: .silent)
        async let run: Void = group.run()
        do {
            try await client.waitUntilServed()
            let value = try await body()
            await group.triggerGracefulShutdown()
            try await run
            return value
        } catch {
            await group.triggerGracefulShutdown()
            throw error
        }
    }
}

extension ControlClient {
    /// Asks until somebody answers; a real socket leaves no other way to know.
    func waitUntilServed() async throws {
        let deadline = ContinuousClock.now + TestDirectory.hang
        // Ends at the deadline at the latest.
        while true {
            do {
                _ = try await send(.get, "/v1/version")
                return
            } catch {
                guard error.kind == .unreachable, ContinuousClock.now < deadline else {
                    throw error
                }
            }
            try await Task.sleep(for: .milliseconds(5))
        }
    }

    /// The failure that a request ends in.
    func failure(
        _ method: Method,
        _ path: String,
        body: String? = nil
    ) async throws -> ControlFailure {
        do {
            let answer = try await send(method, path, body: body)
            Issue.record("\(method.rawValue) \(path) was answered: \(answer)")
            throw CancellationError()
        } catch let failure as ControlFailure {
            return failure
        }
    }
}
