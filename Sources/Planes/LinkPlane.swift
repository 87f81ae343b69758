package import Core
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
        /// Waits before the next subscription; throws when the task is cancelled.
        var pause: @Sendable () async throws -> Void = {
            try await Task.sleep(for: pauseBetweenSubscriptions)
        }
    }

    private let link: DirectorLink
    private let surroundings: Surroundings
    private let logger: Logger

    /// The plane of the link that `policy` names.
    package init(_ policy: IPVSPolicy, logger: Logger) {
        guard let name = LinkName(policy.interface) else {
            preconditionFailure("the configuration holds only names that a link can have")
        }
        self.init(.live(name), surroundings: Surroundings(), logger: logger)
    }

    init(_ link: DirectorLink, surroundings: Surroundings, logger: Logger) {
        self.link = link
        self.surroundings = surroundings
        self.logger = logger
    }

    package func observe() async throws(Fault) -> LinkFacts {
        do throws(LinkError) {
            let sight = try await link.observe()
            return LinkFacts(
                addresses: sight?.addresses ?? [],
                isUp: sight?.isUp ?? false,
                settings: try await settings().map(read)
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
            case .set(let name): results[index] = await set(name)
            default: preconditionFailure("a change of another plane reached the link: \(change)")
            }
        }
        if !removed.isEmpty {
            await carryOut(removed, into: &results) { addresses throws(LinkError) in
                try await link.remove(addresses)
            }
        }
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

    private func set(_ name: String) async -> Result<Void, Fault> {
        do throws(LinkError) {
            guard let setting = try await settings().first(where: { $0.name == name }) else {
                // The link it was about is gone, and the setting with it.
                return .success(())
            }
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
            wanted: setting.wanted,
            isRight: false,
            isNeeded: setting.isNeeded,
            reason: setting.reason
        )
        do {
            let found = try setting.read()
            reading.actual = found.actual.map { "\($0)" }
            reading.isRight = found.isRight
        } catch {
            // One file that cannot be read does not blind us to addresses.
            reading.actual = "unreadable: \(error.because)"
        }
        return reading
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
