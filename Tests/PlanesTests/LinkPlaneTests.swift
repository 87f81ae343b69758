import Core
import Firewall
import Foundation
import Link
import Logging
import Net
import Netlink
import Synchronization
import Testing

@testable import Planes

/// The link as a plane, before a kernel that is played.
@Suite struct LinkPlaneTests {
    private static let vip = IPAddress(v4: 0xcb00_710a)
    private static let other = IPAddress(v4: 0xcb00_710b)

    private let kernel = LinkKernel()

    private func plane(
        _ kernel: LinkKernel,
        _ surroundings: LinkPlane.Surroundings = .init(settings: { _ in [] }),
        log: Log = Log()
    ) throws -> LinkPlane {
        var surroundings = surroundings
        // Nothing of the machine that runs the tests is looked at.
        surroundings.hasTables = { false }
        let name = try #require(LinkName("vip0"))
        return LinkPlane(
            DirectorLink(name, over: kernel.exchange),
            MasqueradeTable(over: NetlinkChannel(.netfilter)),
            surroundings: surroundings,
            logger: Logger(label: "test") { _ in log }
        )
    }

    private func code(_ result: Result<Void, Fault>?) -> String? {
        guard case .failure(let fault)? = result else { return nil }
        return fault.code
    }

    @Test func bindsAndUnbinds() async throws {
        let kernel = LinkKernel(kind: nil)
        let plane = try plane(kernel)
        #expect(try await plane.observe() == LinkFacts(addresses: [], isUp: false))
        var results = await plane.apply([.bind(Self.vip), .bind(Self.other)])
        #expect(results.compactMap(code).isEmpty && results.count == 2)
        let seen = try await plane.observe()
        #expect(seen == LinkFacts(addresses: [Self.vip, Self.other], isUp: true))
        results = await plane.apply([.unbind(Self.vip)])
        #expect(results.compactMap(code).isEmpty && results.count == 1)
        #expect(try await plane.observe().addresses == [Self.other])
    }

    /// What is there already, or gone already, is what was wanted.
    @Test func whatIsSoAlreadyCounts() async throws {
        let plane = try plane(kernel)
        for _ in 0..<2 {
            let results = await plane.apply([.bind(Self.vip), .unbind(Self.other)])
            #expect(results.compactMap(code).isEmpty && results.count == 2)
        }
        #expect(try await plane.observe().addresses == [Self.vip])
    }

    @Test func aLinkOfAnotherKindIsNotTouched() async throws {
        let kernel = LinkKernel(kind: "vlan")
        let plane = try plane(kernel)
        let fault = await #expect(throws: Fault.self) { try await plane.observe() }
        #expect(fault?.code == "K308")
        let results = await plane.apply([.bind(Self.vip), .unbind(Self.other)])
        #expect(results.map(code) == ["K308", "K308"])
        #expect(kernel.with { $0.addresses }.isEmpty)
    }

    @Test func aMissingCapabilityIsNamed() async throws {
        kernel.with { $0.refusals[LinkKernel.newAddress] = .notPermitted }
        let results = try await plane(kernel).apply([.bind(Self.vip)])
        #expect(results.map(code) == ["K303"])
        guard case .failure(let fault)? = results.first else { return }
        #expect(fault.fix.contains("CAP_NET_ADMIN"))
        #expect(fault.summary.contains("\(Self.vip)"))
    }

    // MARK: Settings

    /// A folder with one setting in it, for as long as `body` runs.
    private func withSetting(
        _ value: String?,
        _ body: (Sysctl, String) async throws -> Void
    ) async throws {
        let folder = FileManager.default.temporaryDirectory
            .appending(path: "penstock-\(UUID().uuidString)").path()
        try FileManager.default.createDirectory(
            atPath: folder,
            withIntermediateDirectories: true
        )
        let path = folder + "/sloppy_tcp"
        if let value { try value.write(toFile: path, atomically: false, encoding: .utf8) }
        let setting = Sysctl(
            "net.ipv4.vs.sloppy_tcp",
            files: [KernelFile(path)],
            accepted: [1],
            isNeeded: true,
            reason: "flows that move here are reset"
        )
        do {
            try await body(setting, path)
        } catch {
            try FileManager.default.removeItem(atPath: folder)
            throw error
        }
        try FileManager.default.removeItem(atPath: folder)
    }

    @Test func readsAndSetsASetting() async throws {
        try await withSetting("0\n") { setting, path in
            let log = Log()
            let plane = try plane(kernel, .init(settings: { _ in [setting] }), log: log)
            let before = try await plane.observe().settings
            #expect(before.map(\.actual) == ["0"] && before.map(\.isRight) == [false])
            for _ in 0..<2 {
                let results = await plane.apply([.set(setting.name, to: 1)])
                #expect(results.compactMap(code).isEmpty && results.count == 1)
            }
            #expect(try String(contentsOfFile: path, encoding: .utf8).hasPrefix("1"))
            #expect(try await plane.observe().settings.map(\.isRight) == [true])
            // The second time nothing was written, so nothing is told.
            #expect(log.lines == ["set net.ipv4.vs.sloppy_tcp"])
        }
    }

    @Test func whatTheKernelDoesNotHaveIsNotWritten() async throws {
        try await withSetting(nil) { setting, path in
            let log = Log()
            let plane = try plane(kernel, .init(settings: { _ in [setting] }), log: log)
            #expect(try await plane.observe().settings.map(\.actual) == [nil])
            let results = await plane.apply([
                .set(setting.name, to: 1), .set("of.a.link.that.is.gone", to: 1),
            ])
            #expect(results.compactMap(code).isEmpty && results.count == 2)
            #expect(!FileManager.default.fileExists(atPath: path) && log.lines.isEmpty)
        }
    }

    /// One file that cannot be read does not blind us to addresses.
    @Test func aSettingThatMakesNoSenseIsWrong() async throws {
        try await withSetting("many\n") { setting, _ in
            let plane = try plane(kernel, .init(settings: { _ in [setting] }))
            let seen = try await plane.observe().settings
            #expect(seen.map(\.isRight) == [false])
            #expect(seen.first?.actual?.contains("many") == true)
            #expect(await plane.apply([.set(setting.name, to: 1)]).map(code) == ["K309"])
        }
    }

    // MARK: Word of changes

    /// Each subscription ends, or fails; the next one begins after a pause, until the task ends.
    @Test func listensAgainWhenTheKernelsWordEnds() async throws {
        let subscriptions = Mutex(0)
        let pauses = Mutex(0)
        let log = Log()
        let surroundings = LinkPlane.Surroundings(
            changes: { () throws(LinkError) in
                let number = subscriptions.withLock { count in
                    count += 1
                    return count
                }
                guard number > 2 else {
                    throw LinkError(attempted: "listen", reason: .netlink(.overrun))
                }
                let (stream, word) = AsyncStream<Void>.makeStream(
                    bufferingPolicy: .bufferingNewest(1)
                )
                word.yield()
                word.finish()
                return stream
            },
            settings: { _ in [] },
            pause: {
                let count = pauses.withLock { count in
                    count += 1
                    return count
                }
                if count == 5 { throw CancellationError() }
            }
        )
        let reports = Mutex(0)
        try await plane(kernel, surroundings, log: log).watch {
            reports.withLock { $0 += 1 }
        }
        // Two failures, told once; three subscriptions with a look at the start and one word each.
        #expect(subscriptions.withLock { $0 } == 5 && pauses.withLock { $0 } == 5)
        #expect(reports.withLock { $0 } == 6)
        #expect(log.lines == ["changes of links are only found by looking"])
    }

    @Test func thePaceIsBounded() {
        #expect(LinkPlane.pauseBetweenSubscriptions >= .milliseconds(100))
    }
}

/// A log that keeps the messages of its lines.
final class Log: LogHandler {
    private let told = Mutex<[String]>([])

    var lines: [String] { told.withLock { $0 } }
    var metadata: Logger.Metadata {
        get { [:] }
        set {}
    }
    var logLevel: Logger.Level {
        get { .trace }
        set {}
    }

    subscript(metadataKey _: String) -> Logger.Metadata.Value? {
        get { nil }
        set {}
    }

    func log(event: LogEvent) { told.withLock { $0.append("\(event.message)") } }
}
