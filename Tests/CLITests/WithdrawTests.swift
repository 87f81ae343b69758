import ArgumentParser
import Core
import Foundation
import Net
import Testing

@testable import Daemon
@testable import penstock

/// What the emergency stop refuses before it touches anything, and what it ends with.
@Suite struct WithdrawTests {
    private static func status(of arguments: [String]) async throws -> penstock.ExitStatus? {
        do {
            let command = try WithdrawCommand.parse(arguments + ["-q", "-o", "json"])
            try await command.run()
            return .success
        } catch let exit as ExitCode {
            return penstock.ExitStatus(rawValue: exit.rawValue)
        } catch {
            return penstock.ExitStatus(rawValue: WithdrawCommand.exitCode(for: error).rawValue)
        }
    }

    /// A configuration whose bgpd and daemon are nowhere, in a folder of its own.
    private static func withFile(
        _ text: (String) -> String,
        _ work: (String) async throws -> Void
    ) async throws {
        let folder = NSTemporaryDirectory() + "penstock-withdraw-\(UUID().uuidString)"
        try FileManager.default.createDirectory(
            atPath: folder,
            withIntermediateDirectories: true
        )
        let file = folder + "/penstock.yaml"
        try text(folder).write(toFile: file, atomically: true, encoding: .utf8)
        try await work(file)
        try FileManager.default.removeItem(atPath: folder)
    }

    private static func right(_ folder: String) -> String {
        """
        version: 1
        control: { socket: \(folder)/control.sock, http: off }
        bgp: { asn: 65001, owned-prefixes: [203.0.113.0/24], vty-socket: \(folder)/bgpd.vty }
        vips:
          - name: web
            address: 203.0.113.10
            services: [{ name: http, listen: 80/tcp, checks: [{ type: tcp }], backends: [10.2.0.1] }]

        """
    }

    @Test func wantsToHearAll() async throws {
        #expect(try await Self.status(of: ["--yes"]) == .usage)
    }

    @Test func refusesWithoutAYes() async throws {
        try await Self.withFile(Self.right) { file in
            let status = try await Self.status(of: ["--all", "--config", file])
            #expect(status == .refused)
        }
    }

    @Test func saysThatBgpdDoesNotRun() async throws {
        try await Self.withFile(Self.right) { file in
            let status = try await Self.status(of: ["--all", "--yes", "--config", file])
            #expect(status == .unreachable)
        }
    }

    @Test func doesNothingByAConfigurationWithErrorsWhenStrict() async throws {
        try await Self.withFile({ Self.right($0) + "unheard-of: 1\n" }) { file in
            let status = try await Self.status(
                of: ["--all", "--yes", "--strict", "--config", file]
            )
            #expect(status == .invalidConfiguration)
        }
    }

    /// It goes to bgpd, which does not run here: only that keeps it from more.
    @Test func goesByWhatOfAConfigurationWithErrorsCanBeRead() async throws {
        try await Self.withFile({ Self.right($0) + "unheard-of: 1\n" }) { file in
            let status = try await Self.status(of: ["--all", "--yes", "--config", file])
            #expect(status == .unreachable)
            let basis = try WithdrawalBasis(file: file, ledger: nil)
            #expect(basis.complaint.contains("unheard-of"))
            #expect(!basis.isComplete)
            #expect(basis.intent?.vips.map(\.name.text) == ["web"])
            #expect(basis.intent?.bgp.asn.number == 65_001)
            #expect(basis.intent?.bgp.vtySocket.hasSuffix("/bgpd.vty") == true)
            #expect(basis.controlSocket.hasSuffix("/control.sock"))
            #expect(basis.sources.first?.contains("203.0.113.0/24") == true)
        }
    }

    @Test func goesByWhatTheDaemonWroteDownWhenNothingCanBeRead() async throws {
        try await Self.withFile({ _ in "version: 1\n  vips: [\n" }) { file in
            let speaker = Speaker(asn: 65_009, vtySocket: "/run/other/bgpd.vty")
            let range = try Prefix(parsing: "192.0.2.0/24")
            let intent = Intent(
                node: Node(name: "test"),
                bgp: BGPPolicy(speaker: speaker, ownedPrefixes: [range]),
                vips: []
            )
            let folder = (file as NSString).deletingLastPathComponent
            let ledger = try Ledger(StateFile(directory: folder), now: .zero, civilNow: .current)
            #expect(try WithdrawalBasis(file: file, ledger: ledger).intent == nil)
            try ledger.keep(routingOf: intent)
            let basis = try WithdrawalBasis(file: file, ledger: ledger)
            #expect(basis.isComplete && !basis.complaint.isEmpty)
            #expect(basis.intent?.bgp.speakers == [speaker])
            #expect(basis.intent?.bgp.watchedPrefixes == [range])
            #expect(basis.sources.contains { $0.contains("/run/other/bgpd.vty") })
        }
    }

    /// A file in part and what was written down name more than either.
    @Test func joinsWhatTheDaemonWroteDownToAConfigurationWithErrors() async throws {
        try await Self.withFile({ Self.right($0) + "unheard-of: 1\n" }) { file in
            let speaker = Speaker(asn: 65_009, vtySocket: "/run/other/bgpd.vty")
            let range = try Prefix(parsing: "192.0.2.0/24")
            let intent = Intent(
                node: Node(name: "test"),
                bgp: BGPPolicy(speaker: speaker, ownedPrefixes: [range]),
                vips: []
            )
            let folder = (file as NSString).deletingLastPathComponent
            let ledger = try Ledger(StateFile(directory: folder), now: .zero, civilNow: .current)
            try ledger.keep(routingOf: intent)
            let basis = try WithdrawalBasis(file: file, ledger: ledger)
            #expect(basis.isComplete)
            #expect(basis.intent?.bgp.speakers.map(\.asn.number) == [65_001, 65_009])
            #expect(basis.intent?.bgp.watchedPrefixes.contains(range) == true)
        }
    }

    /// What the file no longer names is said, and gone by.
    @Test func goesByWhatEarlierConfigurationsHadAsWell() async throws {
        try await Self.withFile(Self.right) { file in
            let range = try Prefix(parsing: "192.0.2.0/24")
            let folder = (file as NSString).deletingLastPathComponent
            let ledger = try Ledger(StateFile(directory: folder), now: .zero, civilNow: .current)
            #expect(try WithdrawalBasis(file: file, ledger: ledger).sources.isEmpty)
            try ledger.keep(ranges: [range])
            let basis = try WithdrawalBasis(file: file, ledger: ledger)
            #expect(basis.complaint.isEmpty && basis.isComplete)
            #expect(basis.intent?.bgp.formerPrefixes == [range])
            #expect(basis.sources.map { $0.contains("192.0.2.0/24") } == [true])
        }
    }

    @Test func goesByTheCommandLineAlone() async throws {
        try await Self.withFile({ _ in "nothing: right\n" }) { file in
            let given = ["--asn", "65001", "--owned-prefix", "203.0.113.0/24"]
            let socket = (file as NSString).deletingLastPathComponent + "/bgpd.vty"
            let status = try await Self.status(
                of: ["--all", "--yes", "--config", file, "--vty-socket", socket] + given
            )
            #expect(status == .unreachable)
            #expect(try await Self.status(of: ["--all", "--asn", "65001"]) == .usage)
            #expect(try await Self.status(of: ["--all", "--asn", "x"]) == .usage)
        }
    }
}
