import Foundation
import Logging
import Testing

@testable import Daemon

/// What the service manager is told, over real datagram sockets.
@Suite(.timeLimit(.minutes(10))) struct NotifierTests {
    private static let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    private func withFolder(_ body: (String) async throws -> Void) async throws {
        let folder = "/tmp/penstock-\(UInt32.random(in: .min ... .max))"
        try FileManager.default.createDirectory(
            atPath: folder,
            withIntermediateDirectories: true
        )
        do {
            try await body(folder)
        } catch {
            try FileManager.default.removeItem(atPath: folder)
            throw error
        }
        try FileManager.default.removeItem(atPath: folder)
    }

    @Test func tellsTheSupervisor() async throws {
        try await withFolder { folder in
            let path = folder + "/notify"
            let manager = try Supervisor(at: path)
            let notifier = await Notifier(
                environment: ["NOTIFY_SOCKET": path],
                logger: Self.logger
            )
            notifier.tell(["READY=1", "STATUS=active, 2/2 VIPs advertised"])
            notifier.tell(["WATCHDOG=1"])
            #expect(manager.next() == "READY=1\nSTATUS=active, 2/2 VIPs advertised")
            #expect(manager.next() == "WATCHDOG=1")
            #expect(notifier.watchdog == nil)
        }
    }

    /// An abstract name cannot be reached from here, which is said and does no harm.
    @Test(arguments: [
        [:], ["NOTIFY_SOCKET": ""], ["NOTIFY_SOCKET": "/nonexistent/notify"],
        ["NOTIFY_SOCKET": "@penstock/notify"],
    ])
    func isSilentWithoutAListener(environment: [String: String]) async {
        let notifier = await Notifier(environment: environment, logger: Self.logger)
        notifier.tell(["READY=1"])
        #expect(notifier.watchdog == nil)
    }

    @Test(
        arguments: [
            ("10000000", 10_000_000), ("500", 500), ("soon", nil), ("-1", nil), ("0", nil),
        ] as [(String, Int64?)]
    )
    func readsHowOftenTheWatchdogLooks(text: String, microseconds: Int64?) async {
        let notifier = await Notifier(environment: ["WATCHDOG_USEC": text], logger: Self.logger)
        #expect(notifier.watchdog == microseconds.map { .microseconds($0) })
    }
}

/// The datagram socket of whoever supervises services.
private final class Supervisor {
    private let descriptor: Int32

    /// Listens at `path`.
    init(at path: String) throws {
        descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        unsafe withUnsafeMutableBytes(of: &address.sun_path) { bytes in
            unsafe bytes.copyBytes(from: path.utf8)
        }
        let length = socklen_t(MemoryLayout<sockaddr_un>.size)
        let isBound = unsafe withUnsafePointer(to: address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                unsafe bind(descriptor, pointer, length) == 0
            }
        }
        try #require(isBound)
        // A datagram that never comes is the failure, not a test that hangs.
        var patience = timeval(tv_sec: 30, tv_usec: 0)
        let size = socklen_t(MemoryLayout<timeval>.size)
        let isPatient =
            unsafe setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, size) == 0
        try #require(isPatient)
    }

    deinit { close(descriptor) }

    /// The next datagram; `nil` when none comes.
    func next() -> String? {
        var bytes = [UInt8](repeating: 0, count: 4096)
        let count = unsafe recv(descriptor, &bytes, bytes.count, 0)
        return count < 0 ? nil : String(decoding: bytes.prefix(count), as: UTF8.self)
    }
}
