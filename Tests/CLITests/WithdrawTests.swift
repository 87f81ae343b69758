import ArgumentParser
import Foundation
import Testing

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

    @Test func doesNothingByAConfigurationWithErrors() async throws {
        try await Self.withFile({ _ in "version: 1\n" }) { file in
            let status = try await Self.status(of: ["--all", "--yes", "--config", file])
            #expect(status == .invalidConfiguration)
        }
    }
}
