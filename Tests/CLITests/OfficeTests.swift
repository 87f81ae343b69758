import API
import ArgumentParser
import Core
import Daemon
import Foundation
import Logging
import Net
import Settings
import Testing

@testable import penstock

/// Where the control socket meets the daemon: which configuration is in force, and which is not.
@Suite struct OfficeTests {
    private static let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    /// A configuration with these differences.
    private static func text(
        asn: Int = 65_001,
        owned: String = "203.0.113.0/24",
        interface: String = "vip0",
        vty: String = "/nonexistent/penstock/bgpd.vty",
        control: String = "/run/penstock/control.sock",
        port: Int = 80,
        bgp: String = ""
    ) -> String {
        """
        version: 1
        control: { socket: \(control) }
        bgp: { asn: \(asn), vty-socket: \(vty), owned-prefixes: [\(owned)]\(bgp) }
        ipvs: { interface: \(interface) }
        vips:
          - name: web
            address: 203.0.113.10
            services:
              - { name: http, listen: \(port)/tcp, checks: [{ type: tcp }], backends: [10.20.0.11] }

        """
    }

    /// An office whose duty has not begun: it takes orders, and nothing carries them out.
    private struct Stage {
        let folder: String
        let office: Office
        let state: StateFile
        var file: String { folder + "/penstock.yaml" }

        func write(_ text: String) throws {
            try text.write(toFile: file, atomically: true, encoding: .utf8)
            try FileManager.default.setAttributes([.posixPermissions: 0o640], ofItemAtPath: file)
        }
    }

    private func withOffice(_ body: (Stage) async throws -> Void) async throws {
        let folder = "/tmp/penstock-\(UInt32.random(in: .min ... .max))"
        try FileManager.default.createDirectory(
            atPath: folder,
            withIntermediateDirectories: true
        )
        let file = folder + "/penstock.yaml"
        let loaded = try Settings.load(text: Self.text(), file: file, hostName: "host")
        let duty = Duty(
            intent: loaded.intent,
            planes: .live(loaded.intent, table: .memory, logger: Self.logger),
            notifier: await Notifier(environment: [:], logger: Self.logger),
            logger: Self.logger
        )
        let state = StateFile(directory: folder)
        let office = Office(
            file: file,
            loaded: loaded,
            isTableInMemory: true,
            duty: duty,
            ledger: try Ledger(state, now: .zero, civilNow: .current),
            logger: Self.logger
        )
        let stage = Stage(folder: folder, office: office, state: state)
        do {
            try stage.write(Self.text())
            try await body(stage)
        } catch {
            try FileManager.default.removeItem(atPath: folder)
            throw error
        }
        try FileManager.default.removeItem(atPath: folder)
    }

    @Test func aReloadOfTheSameFileChangesNothing() async throws {
        try await withOffice { stage in
            let before = stage.office.controls.snapshot().config
            let report = try await stage.office.reload()
            #expect(!report.changed && report.config == before)
        }
    }

    @Test func aReloadPutsANewFileInForce() async throws {
        try await withOffice { stage in
            let before = stage.office.controls.snapshot().config
            try stage.write(Self.text(port: 8080))
            let report = try await stage.office.reload()
            #expect(report.changed && report.config.digest != before.digest)
            #expect(stage.office.controls.snapshot().config == report.config)
        }
    }

    /// The planes were built with these, so a reload says that a restart is needed.
    @Test(arguments: [
        (text(asn: 65_002), "bgp.asn"),
        (text(vty: "/run/frr/other.vty"), "bgp.vty-socket"),
        (text(owned: "203.0.113.0/25"), "bgp.owned-prefixes"),
        (text(bgp: ", vrf: red"), "bgp.vrf"),
        (text(bgp: ", method: kernel-route"), "bgp.method"),
        (text(bgp: ", pipeline: 4"), "bgp.pipeline"),
        (text(bgp: ", kernel-route: { metric: 50 }"), "bgp.kernel-route"),
        (text(bgp: ", speakers: [{ name: a }]"), "bgp.speakers"),
        (text(interface: "vip1"), "ipvs.interface"),
        (text(control: "/run/penstock/other.sock"), "control"),
    ])
    func whatNeedsARestartIsRefused(text: String, key: String) async throws {
        try await withOffice { stage in
            let before = stage.office.controls.snapshot().config
            try stage.write(text)
            let refusal = await #expect(throws: Refusal.self) { try await stage.office.reload() }
            #expect(refusal?.kind == .conflict && refusal?.fault.code == "C301")
            #expect(refusal?.fault.summary == "\(key) cannot change while penstock runs")
            #expect(refusal?.fault.fix.contains("restart") == true)
            let after = stage.office.controls.snapshot().config
            #expect(after.digest == before.digest && after.lastReloadFailed)
        }
    }

    /// Where speakers are listed, it says which one.
    @Test(arguments: [
        ("asn: 65009", "bgp.speakers.b.asn"), ("vty-socket: /run/b", "bgp.speakers.b.vty-socket"),
        ("vrf: blue", "bgp.speakers.b.vrf"), ("method: kernel-route", "bgp.speakers.b.method"),
        ("pipeline: 2", "bgp.speakers.b.pipeline"),
    ])
    func whatNeedsARestartNamesItsSpeaker(word: String, key: String) throws {
        func loaded(_ word: String) throws -> Settings.Loaded {
            let speakers = ", speakers: [{ name: a }, { name: b, \(word) }]"
            return try Settings.load(text: Self.text(bgp: speakers), file: "-", hostName: "host")
        }
        // One that differs in another key, so that two speakers are never the same.
        let plain = key.hasSuffix("socket") ? "vrf: red" : "vty-socket: /run/frr/b.vty"
        let old = try loaded(plain)
        let new = try loaded("\(plain), \(word)")
        #expect(RestartOnly.keys(from: old, to: new) == [key])
        #expect(RestartOnly.keys(from: new, to: new) == [])
    }

    @Test func aBadFileKeepsWhatIsInForceUntilAGoodOneComes() async throws {
        try await withOffice { stage in
            let before = stage.office.controls.snapshot().config
            try stage.write(Self.text() + "colour: blue\nbgp: 7\n")
            let refusal = await #expect(throws: Refusal.self) { try await stage.office.reload() }
            #expect(refusal?.kind == .invalidConfiguration && refusal?.fault.code == "C302")
            #expect(refusal?.problems.isEmpty == false)
            let snapshot = stage.office.controls.snapshot()
            #expect(snapshot.config.digest == before.digest && snapshot.config.lastReloadFailed)
            #expect(snapshot.warnings.contains { $0.code == "C300" })

            try FileManager.default.removeItem(atPath: stage.file)
            await #expect(throws: Refusal.self) { try await stage.office.reload() }
            try stage.write(Self.text())
            let report = try await stage.office.reload()
            #expect(!report.config.lastReloadFailed && !report.changed)
        }
    }

    /// A drain is on the disk before the operator is told that it was accepted.
    @Test func aDrainIsKeptOnTheDisk() async throws {
        try await withOffice { stage in
            let wish = DrainRequest(
                scopes: [.node],
                mode: .atOnce,
                by: "root",
                reason: "new kernel",
                term: .seconds(60),
                // Nobody looks at bgpd here.
                isLastPathWaived: true
            )
            try await stage.office.controls.drain(wish)
            let kept = try #require(try stage.state.load().drain)
            #expect(kept.reason == "new kernel" && kept.by == "root" && kept.mode == "now")
            #expect(kept.until == kept.since + .seconds(60))
            try await stage.office.controls.drain(
                DrainRequest(scopes: [.node], mode: nil, by: "root")
            )
            #expect(try stage.state.load().drain == nil)
        }
    }

    /// Several are one order: one of them that makes no sense keeps the others from being given.
    @Test func severalDrainsAreOneOrder() async throws {
        try await withOffice { stage in
            func wish(_ addresses: [String]) throws -> DrainRequest {
                DrainRequest(
                    scopes: try addresses.map { .vip(try IPAddress(parsing: $0)) },
                    mode: .soft,
                    by: "root",
                    isLastPathWaived: true
                )
            }
            let refusal = try await #require(throws: Refusal.self) {
                try await stage.office.controls.drain(wish(["203.0.113.10", "203.0.113.99"]))
            }
            #expect(refusal.kind == .conflict && refusal.fault.code == "D452")
            #expect(try stage.state.load().drainedVIPs == nil)
            try await stage.office.controls.drain(wish(["203.0.113.10"]))
            let kept = try #require(try stage.state.load().drainedVIPs)
            #expect(kept.map(\.name) == ["web"] && kept.map(\.drain.yes) == [true])
        }
    }

    /// One that ends with the daemon is not written, and does not end one that is.
    @Test func aTransientDrainLeavesNoTrace() async throws {
        try await withOffice { stage in
            let ordered = DrainRequest(
                scopes: [.node],
                mode: .soft,
                by: "root",
                reason: "kept",
                isLastPathWaived: true
            )
            try await stage.office.controls.drain(ordered)
            let transient = DrainRequest(
                scopes: [.node],
                mode: .atOnce,
                by: "root",
                reason: "machine stops",
                isLastPathWaived: true,
                isTransient: true
            )
            try await stage.office.controls.drain(transient)
            #expect(try stage.state.load().drain?.reason == "kept")
            let end = DrainRequest(scopes: [.node], mode: nil, by: "root", isTransient: true)
            try await stage.office.controls.drain(end)
            #expect(try stage.state.load().drain?.reason == "kept")
        }
    }

    @Test func aPlanNeedsNoFileAndChangesNothing() async throws {
        try await withOffice { stage in
            let before = stage.office.controls.snapshot().config
            let report = try await stage.office.controls.plan(Self.text(port: 8080))
            #expect(report.source == "(sent)" && !report.isEmpty)
            let refusal = await #expect(throws: Refusal.self) {
                try await stage.office.controls.plan("vips: 7")
            }
            #expect(refusal?.kind == .invalidConfiguration)
            #expect(stage.office.controls.snapshot().config == before)
        }
    }

    // MARK: The command

    private func status(of arguments: [String]) async throws -> penstock.ExitStatus? {
        let command = try CheckCommand.parse(arguments + ["-q", "-o", "json"])
        do {
            try await command.run()
            return .success
        } catch let exit as ExitCode {
            return penstock.ExitStatus(rawValue: exit.rawValue)
        }
    }

    @Test func checkEndsWithWhatItFound() async throws {
        try await withOffice { stage in
            #expect(try await status(of: [stage.file]) == .success)
            // A check that nothing uses is allowed, and probably not meant.
            try stage.write(Self.text() + "checks: { spare: { type: tcp } }\n")
            #expect(try await status(of: [stage.file]) == .success)
            #expect(try await status(of: ["--strict", stage.file]) == .invalidConfiguration)
            let bad = stage.folder + "/bad.yaml"
            try "version: 2\n".write(toFile: bad, atomically: true, encoding: .utf8)
            // One bad file among good ones is a failure of the whole.
            #expect(try await status(of: [stage.file, bad]) == .invalidConfiguration)
            let missing = stage.folder + "/missing.yaml"
            #expect(try await status(of: [missing]) == .invalidConfiguration)
        }
    }

    @Test func checkCountsWhatItRead() throws {
        let loaded = try Settings.load(text: Self.text(), file: "p.yaml", hostName: "host")
        #expect(CheckCommand.summary(loaded.intent) == "1 VIP, 1 service, 1 real server")
    }
}
