package import Core
package import Logging
package import Net
import Planes

/// Takes every route of ours back without a director: the work of `penstock withdraw --all`.
///
/// It trusts nothing that the daemon has remembered. It reads what bgpd has, writes, and reads
/// again until no owned prefix is configured and none is sent to any peer: a director that has not
/// heard of the stop and announces again is met by the next look. A routing daemon that cannot be
/// read but can be written to is told to withdraw what the configuration names, which is harmless
/// where there was nothing; that is then not seen, and said so.
package struct EmergencyStop<Time: Clock>: Sendable where Time.Duration == Duration {
    /// A routing daemon that announces for this director.
    package struct Speaker: Sendable {
        /// What the configuration calls it.
        package let name: Name
        /// What it goes by in a report.
        package let label: String
        /// How it is read and written; it sees this speaker alone.
        package let plane: any Plane<RoutingFacts>
        /// What the configuration has it announce.
        package let configured: [IPAddress]
        /// Removes what the kernel holds for it, where that is how it announces.
        package let clearKernel: (@Sendable () async -> Result<[IPAddress], Fault>)?

        /// The speaker behind `plane`.
        package init(
            name: Name,
            label: String = "bgpd",
            plane: any Plane<RoutingFacts>,
            configured: [IPAddress],
            clearKernel: (@Sendable () async -> Result<[IPAddress], Fault>)? = nil
        ) {
            self.name = name
            self.label = label
            self.plane = plane
            self.configured = configured
            self.clearKernel = clearKernel
        }
    }

    /// The time between two looks: bgpd needs two of its best-path holds of 50 ms before a peer is
    /// told, so asking sooner only costs.
    package static var lookEvery: Duration { .milliseconds(100) }

    private let speakers: [Speaker]
    private let owned: [Prefix]
    private let clock: Time

    /// A stop of what `speakers` announce inside `owned`.
    package init(speakers: [Speaker], owned: [Prefix], clock: Time) {
        self.speakers = speakers
        self.owned = owned
        self.clock = clock
    }

    /// What there is to take back; changes nothing.
    package func survey(within patience: Duration) async -> [StopReport] {
        let deadline = clock.now.advanced(by: patience)
        return await each { speaker in
            var report = StopReport(speaker: speaker.label)
            _ = await look(at: speaker, &report, until: deadline)
            return report
        }
    }

    /// Takes it back, and looks until it is gone at every peer, or the time is up.
    package func perform(within patience: Duration) async -> [StopReport] {
        let deadline = clock.now.advanced(by: patience)
        return await each { await stop($0, until: deadline) }
    }

    private func each(
        _ work: @escaping @Sendable (Speaker) async -> StopReport
    ) async -> [StopReport] {
        await withTaskGroup(of: (Int, StopReport).self) { group in
            // A daemon that hangs must not keep the others announcing.
            for (index, speaker) in speakers.enumerated() {
                group.addTask { (index, await work(speaker)) }
            }
            var reports: [(Int, StopReport)] = []
            for await report in group { reports.append(report) }
            return reports.sorted { $0.0 < $1.0 }.map(\.1)
        }
    }

    private func stop(_ speaker: Speaker, until deadline: Time.Instant) async -> StopReport {
        var report = StopReport(speaker: speaker.label)
        var hasToldBlindly = false
        while !Task.isCancelled {
            let order: [IPAddress]
            switch await look(at: speaker, &report, until: deadline) {
            case .gone: return report
            case .hopeless:
                // Its routes would be there for a bgpd that starts, or is given its instance back.
                if let clear = speaker.clearKernel { report.cleared(await clear()) }
                return report
            case .left(let addresses): order = addresses
            case .unseen:
                order = hasToldBlindly ? [] : speaker.configured
                hasToldBlindly = true
                if !order.isEmpty { report.wasToldUnseen = true }
            }
            await withdraw(order, at: speaker, &report, until: deadline)
            guard clock.now < deadline else { break }
            do {
                try await clock.sleep(
                    until: min(deadline, clock.now.advanced(by: Self.lookEvery)),
                    tolerance: .zero
                )
            } catch {
                break
            }
        }
        report.isLate = true
        return report
    }

    private enum Sighting {
        /// Nothing of ours is left.
        case gone
        /// These are still configured; none of them when peers have not been told yet.
        case left([IPAddress])
        /// It could not be seen this time.
        case unseen
        /// Nothing can be done, and waiting will not help.
        case hopeless
    }

    private func look(
        at speaker: Speaker,
        _ report: inout StopReport,
        until deadline: Time.Instant
    ) async -> Sighting {
        let found = await within(deadline) { () async -> Result<BGPFacts, Fault> in
            do throws(Fault) {
                let facts = try await speaker.plane.observe()
                return facts.speakers[speaker.name] ?? .failure(.noLookInTime)
            } catch {
                return .failure(error)
            }
        }
        switch found {
        case .success(let facts):
            let left = report.take(facts, owned: owned)
            if report.isGone { return .gone }
            return facts.refusal == nil ? .left(left) : .hopeless
        case .failure(let fault):
            report.couldNotSee(fault)
            return report.isUnreachable || report.isForbidden ? .hopeless : .unseen
        case nil:
            report.couldNotSee(.noLookInTime)
            return .unseen
        }
    }

    private func withdraw(
        _ addresses: [IPAddress],
        at speaker: Speaker,
        _ report: inout StopReport,
        until deadline: Time.Instant
    ) async {
        guard !addresses.isEmpty else { return }
        let results = await within(deadline) {
            await speaker.plane.apply(addresses.map { .withdraw($0, by: speaker.name) })
        }
        for case .failure(let fault) in results ?? [.failure(.noWriteInTime)] {
            report.wasRefused(fault)
            return
        }
    }

    /// What `work` comes to, or `nil` at `deadline`; a look or a write ends when it is cancelled.
    private func within<Value: Sendable>(
        _ deadline: Time.Instant,
        _ work: @escaping @Sendable () async -> Value
    ) async -> Value? {
        await withTaskGroup(of: Value?.self) { group in
            group.addTask { await work() }
            group.addTask {
                do {
                    try await clock.sleep(until: deadline, tolerance: .zero)
                } catch {
                    // The work was done first.
                }
                return nil
            }
            let first = await group.next() ?? nil
            group.cancelAll()
            return first
        }
    }
}

extension EmergencyStop where Time == ContinuousClock {
    /// The stop of everything that a director with `intent` announces.
    package static func live(_ intent: Intent, logger: Logger) -> Self {
        live(intent, speakers: intent.bgp.speakers, logger: logger)
    }

    /// The stop of what `speakers` of `intent` announce.
    static func live(_ intent: Intent, speakers: [Core.Speaker], logger: Logger) -> Self {
        EmergencyStop(
            speakers: speakers.map { speaker in
                // Each by itself, so that one that hangs keeps no other announcing.
                let policy = BGPPolicy(
                    speaker: speaker,
                    ownedPrefixes: intent.bgp.watchedPrefixes,
                    kernelRoute: intent.bgp.kernelRoute
                )
                return Speaker(
                    name: speaker.name,
                    label: intent.bgp.speakers.count > 1 ? speaker.name.text : "bgpd",
                    plane: BGPPlane(
                        policy,
                        interface: intent.ipvs.interface,
                        logger: logger
                    ),
                    configured: intent.vips.filter { $0.speaker == speaker.name }
                        .map(\.address).sorted(),
                    clearKernel: clearance(of: speaker, in: intent.bgp)
                )
            },
            owned: intent.bgp.watchedPrefixes,
            clock: ContinuousClock()
        )
    }
}

extension EmergencyStop {
    /// What removes the kernel routes by which `speaker` announces; `nil` when it has none.
    private static func clearance(
        of speaker: Core.Speaker,
        in bgp: BGPPolicy
    ) -> (@Sendable () async -> Result<[IPAddress], Fault>)? {
        guard speaker.method == .kernelRoute else { return nil }
        let number = bgp.kernelRoute.routeProtocol
        let owned = bgp.watchedPrefixes
        return {
            do throws(Fault) {
                return .success(try await BGPPlane.removeKernelRoutes([number], owned: owned))
            } catch {
                return .failure(error)
            }
        }
    }
}

extension Fault {
    fileprivate static let noLookInTime = Fault(
        code: "D440",
        summary: "bgpd did not say in time what it announces",
        because: "it accepts connections and answers slowly, or not at all",
        fix: "give it longer (--timeout); or stop it: systemctl stop frr"
    )
    fileprivate static let noWriteInTime = Fault(
        code: "D440",
        summary: "bgpd did not take the withdrawal in time",
        because: "it accepts connections and answers slowly, or not at all",
        fix: "give it longer (--timeout); or stop it: systemctl stop frr"
    )
}
