package import Core
import Firewall
import Link
package import Logging
import Net

/// The link that holds the VIPs, and the kernel settings of a director, as a plane.
package struct LinkPlane: Plane {
    /// How long to wait before listening again once the kernel's word has ended.
    ///
    /// It ends when its socket fails, which is rare and may be lasting: a second costs nothing, and
    /// meanwhile changes are found by the periodic look.
    static let pauseBetweenSubscriptions: Duration = .seconds(1)

    /// What is beside the link itself, so that a test can play it.
    struct Surroundings: Sendable {
        /// Subscribes to word of changed links and addresses.
        var changes: @Sendable () throws(LinkError) -> AsyncStream<Void> = DirectorLink.changes
        /// The settings that matter where packets come in on these links.
        var settings: @Sendable ([LinkName]) -> [Sysctl] = { Sysctl.director(ingress: $0) }
        /// Whether the kernel has nf_tables at work already.
        var hasTables: @Sendable () -> Bool = { MasqueradeTable.isAtWork }
        /// Waits before the next subscription; throws when the task is cancelled.
        var pause: @Sendable () async throws -> Void = {
            try await Task.sleep(for: pauseBetweenSubscriptions)
        }
    }

    private let link: DirectorLink
    private let masquerades: MasqueradeSight
    private let surroundings: Surroundings
    private let logger: Logger

    /// The plane of the link that `policy` names.
    package init(_ policy: IPVSPolicy, logger: Logger) {
        guard let name = LinkName(policy.interface) else {
            preconditionFailure("the configuration holds only names that a link can have")
        }
        self.init(.live(name), .live(), surroundings: Surroundings(), logger: logger)
    }

    init(
        _ link: DirectorLink,
        _ table: MasqueradeTable,
        surroundings: Surroundings,
        logger: Logger
    ) {
        self.link = link
        masquerades = MasqueradeSight(table, isLoaded: surroundings.hasTables, logger: logger)
        self.surroundings = surroundings
        self.logger = logger
    }

    package func observe() async throws(Fault) -> LinkFacts {
        do throws(LinkError) {
            let sight = try await link.observe()
            return LinkFacts(
                addresses: sight?.addresses ?? [],
                isUp: sight?.isUp ?? false,
                settings: try await settings().map(read),
                masqueraded: await masquerades.observe()
            )
        } catch {
            throw Fault(error)
        }
    }

    package func apply(_ changes: [Change]) async -> [Result<Void, Fault>] {
        var results: [Result<Void, Fault>] = changes.map { _ in .success(()) }
        var added: [IPAddress: Int] = [:]
        var removed: [IPAddress: Int] = [:]
        for (index, change) in changes.enumerated() {
            switch change {
            case .bind(let address): added[address] = index
            case .unbind(let address): removed[address] = index
            case .set(let name, let number): results[index] = await set(name, to: number)
            case .masquerade, .unmasquerade: continue
            default: preconditionFailure("a change of another plane reached the link: \(change)")
            }
        }
        if !removed.isEmpty {
            await carryOut(removed, into: &results) { addresses throws(LinkError) in
                try await link.remove(addresses)
            }
        }
        for (index, result) in await masquerades.apply(changes) { results[index] = result }
        if !added.isEmpty {
            await carryOut(added, into: &results) { addresses throws(LinkError) in
                // Also where it exists: an address on a link that is down serves nobody.
                try await link.ensure()
                return try await link.add(addresses)
            }
        }
        return results
    }

    package func watch(reporting report: @escaping @Sendable () -> Void) async {
        var isTold = false
        // Ends with its task: whatever ends a subscription, the next one begins after a pause.
        while !Task.isCancelled {
            do throws(LinkError) {
                let changes = try surroundings.changes()
                isTold = false
                // What changed while nobody listened is found by this look.
                report()
                for await _ in changes { report() }
            } catch {
                // Once for each time that it fails, not once for each attempt.
                if !isTold {
                    logger.warning(
                        "changes of links are only found by looking",
                        metadata: ["reason": "\(error)"]
                    )
                }
                isTold = true
            }
            do {
                try await surroundings.pause()
            } catch {
                return
            }
        }
    }

    private func carryOut(
        _ wanted: [IPAddress: Int],
        into results: inout [Result<Void, Fault>],
        by work: ([IPAddress]) async throws(LinkError) -> [IPAddress: LinkError]
    ) async {
        do throws(LinkError) {
            let failures = try await work(wanted.keys.sorted())
            for (address, error) in failures {
                if let index = wanted[address] { results[index] = .failure(Fault(error)) }
            }
        } catch {
            for index in wanted.values { results[index] = .failure(Fault(error)) }
        }
    }

    private func settings() async throws(LinkError) -> [Sysctl] {
        surroundings.settings(try await link.ingress())
    }

    private func set(_ name: String, to number: Int) async -> Result<Void, Fault> {
        do throws(LinkError) {
            let known = try await settings().first { $0.name == name }
            // Otherwise the link it was about is gone, and the setting with it.
            guard let setting = known?.wanting(number) else { return .success(()) }
            let before = try setting.read()
            guard !before.isRight else { return .success(()) }
            let after = try setting.set()
            logger.info(
                "set \(name)",
                metadata: [
                    "value": "\(after.actual.map { "\($0)" } ?? "absent")",
                    "before": "\(before.actual.map { "\($0)" } ?? "absent")",
                ]
            )
            return .success(())
        } catch {
            return .failure(Fault(error))
        }
    }

    private func read(_ setting: Sysctl) -> SettingReading {
        var reading = SettingReading(
            name: setting.name,
            actual: nil,
            accepted: setting.accepted,
            isNeeded: setting.isNeeded,
            use: SettingReading.Use(setting.use),
            reason: setting.reason
        )
        do {
            let found = try setting.read()
            reading.actual = found.actual.map { "\($0)" }
        } catch {
            // One file that cannot be read does not blind us to addresses.
            reading.actual = "unreadable: \(error.because)"
        }
        return reading
    }
}

extension SettingReading.Use {
    init(_ use: Sysctl.Use) {
        switch use {
        case .always: self = .always
        case .masquerading: self = .masquerading
        case .sourceNAT: self = .sourceNAT
        case .noSourceNAT: self = .noSourceNAT
        case .tunnelling: self = .tunnelling
        case .sctp: self = .sctp
        case .checkPaths: self = .checkPaths
        case .directCheckPaths: self = .directCheckPaths
        }
    }
}

extension Fault {
    init(_ error: LinkError) {
        self.init(
            code: error.code,
            summary: "cannot \(error.attempted)",
            because: error.because,
            fix: error.fix
        )
    }
}
