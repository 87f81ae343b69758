import Core
import Daemon
import Foundation
import Net
import Testing

/// Orders are on disk before anybody is told so, and come back as they were.
@Suite struct LedgerTests {
    private static let civil = Timestamp(milliseconds: 1_762_675_964_250)
    private static let key = BackendKey(
        ServiceKey(IPAddress(v4: 0xcb00_710a), ServiceID(.tcp, 443)),
        Endpoint(IPAddress(v4: 0x0a14_000b), 443)
    )
    private static let other = BackendKey(key.service, Endpoint(IPAddress(v4: 0x0a14_000c), 443))

    private func mandate(for seconds: Int? = nil) -> Mandate {
        Mandate(
            by: "uid 1000",
            reason: "disk \"swap\"",
            since: Self.civil,
            until: seconds.map { Self.civil + .seconds($0) },
            civilNow: Self.civil,
            now: .zero
        )
    }

    private func inFolder(_ body: (StateFile) throws -> Void) throws {
        let folder = FileManager.default.temporaryDirectory
            .appendingPathComponent("penstock-\(UUID().uuidString)").path
        defer {
            do {
                try FileManager.default.removeItem(atPath: folder)
            } catch {
                // It was never made.
            }
        }
        try body(StateFile(directory: folder))
    }

    private func open(_ file: StateFile, after seconds: Int = 0) throws(Fault) -> Ledger {
        try Ledger(file, now: .zero, civilNow: Self.civil + .seconds(seconds))
    }

    @Test func ordersComeBackAsTheyWere() throws {
        try inFolder { file in
            let ledger = try open(file)
            let orders: [BackendOrder] = [
                .state(Self.key, Ruling(.maint, mandate(for: 3600))),
                .weight(Self.key, Ruling(0, mandate())),
            ]
            for (index, order) in orders.enumerated() {
                let serial = try ledger.keep(.order(order), configured: []) { true }
                #expect(serial == index + 1)
            }
            let again = try open(file)
            #expect(again.overrides.states == ledger.overrides.states)
            #expect(again.overrides.weights == ledger.overrides.weights)
        }
    }

    @Test func writesAreCounted() throws {
        try inFolder { file in
            let ledger = try open(file)
            #expect(ledger.writes == (0, 0))
            let order = BackendOrder.state(Self.key, Ruling(.maint, mandate()))
            _ = try ledger.keep(.order(order), configured: []) { true }
            #expect(ledger.writes == (1, 0))
            // A folder is where the file should be: it can be neither replaced nor written.
            try FileManager.default.removeItem(atPath: file.path)
            try FileManager.default.createDirectory(
                atPath: file.path + "/full",
                withIntermediateDirectories: true
            )
            let other = BackendOrder.state(Self.other, Ruling(.maint, mandate()))
            #expect(throws: Fault.self) {
                try ledger.keep(.order(other), configured: []) { true }
            }
            #expect(ledger.writes == (1, 1))
        }
    }

    /// A hand-over goes on by the clock on the wall, however long nothing ran.
    @Test func aHandoverComesBackWhereTheClockSays() throws {
        try inFolder { file in
            let ledger = try open(file)
            let handover = Handover(
                service: Self.key.service,
                from: Self.key.endpoint,
                to: Self.other.endpoint,
                over: .seconds(600),
                began: .zero,
                raises: true,
                mandate: mandate()
            )
            _ = try ledger.keep(.order(.handOver(handover)), configured: []) { true }
            let again = try open(file, after: 300)
            let kept = try #require(again.overrides.handovers.first)
            #expect(kept.ends == .zero + .seconds(300))
            #expect(kept.from == handover.from && kept.to == handover.to && kept.raises)
        }
    }

    /// What came to its end while nothing ran has its end behind it.
    @Test func timeGoesOnWhileNothingRuns() throws {
        try inFolder { file in
            let order = BackendOrder.state(Self.key, Ruling(.drain, mandate(for: 60)))
            _ = try open(file).keep(.order(order), configured: []) { true }
            let kept = try open(file, after: 90).overrides.states[Self.key]
            #expect(kept?.mandate.expires == .zero + .seconds(-30))
        }
    }

    @Test func whatCouldNotBePassedOnIsNotKept() throws {
        try inFolder { file in
            let ledger = try open(file)
            let order = BackendOrder.state(Self.key, Ruling(.drain, mandate()))
            let serial = try ledger.keep(.order(order), configured: []) { false }
            #expect(serial == nil && ledger.overrides.isEmpty)
            #expect(try open(file).overrides.isEmpty)
        }
    }

    /// What the director brings about by itself is kept, unless it is behind.
    @Test func followsTheDirectorUnlessThatIsBehind() throws {
        try inFolder { file in
            let ledger = try open(file)
            let before = ledger.overrides
            let order = BackendOrder.state(Self.key, Ruling(.drain, mandate(for: 60)))
            _ = try ledger.keep(.order(order), configured: []) { true }
            try ledger.follow(before)
            #expect(ledger.overrides.count == 1)
            var ended = ledger.overrides
            ended.take(.stateAsConfigured(Self.key), configured: [])
            try ledger.follow(ended)
            #expect(ledger.overrides.count == 1, "it has one order more than the ledger")
            _ = try ledger.keep(.order(.stateAsConfigured(Self.key)), configured: []) { true }
            #expect(ledger.overrides.isEmpty)
            #expect(try open(file).overrides.isEmpty)
        }
    }

    @Test func aDrainAndOrdersLeaveEachOtherAlone() throws {
        try inFolder { file in
            let ledger = try open(file)
            let order = BackendOrder.state(Self.key, Ruling(.drain, mandate()))
            _ = try ledger.keep(.order(order), configured: []) { true }
            let wish = DrainWish(.atOnce, mandate(for: 3600))
            for scope in [DrainScope.node, .vip(Self.key.service.address)] {
                let drain = Command.drain(DrainOrder(scope, wish))
                _ = try ledger.keep(drain, configured: []) { true }
            }
            var again = try open(file)
            #expect(again.overrides.drains == ledger.overrides.drains)
            #expect(again.overrides.drains.count == 2 && again.overrides.count == 3)
            _ = try again.keep(.undrain(.node), configured: []) { true }
            again = try open(file)
            #expect(again.overrides.drains.count == 1 && again.overrides.count == 2)
        }
    }

    /// That the last path may go, and what the VIP was called, are known after a restart.
    @Test func whatWasSaidOfADrainIsKept() throws {
        try inFolder { file in
            let ledger = try open(file)
            let scope = DrainScope.vip(Self.key.service.address)
            let wish = DrainWish(.soft, mandate(), isLastPathWaived: true, vip: "web")
            let plain = DrainWish(.soft, mandate())
            let commands = [
                Command.drain(DrainOrder(scope, wish)), .drain(DrainOrder(.node, plain)),
            ]
            let serial = try ledger.keep(.several(commands), configured: []) { true }
            #expect(serial == 2)
            let kept = try open(file).overrides.drains
            #expect(kept[scope]?.isLastPathWaived == true && kept[scope]?.vip == "web")
            #expect(kept[.node]?.isLastPathWaived == false)
            // Asked for again without a word about it, it still may.
            _ = try ledger.keep(.drain(DrainOrder(scope, plain)), configured: []) { true }
            let joined = try open(file).overrides.drains[scope]
            #expect(joined?.isLastPathWaived == true && joined?.vip == "web")
        }
    }

    @Test func thereIsALimit() throws {
        try inFolder { file in
            let ledger = try open(file)
            let states = (0..<Overrides.most).map { index in
                let address = IPAddress(v4: 0x0a15_0000 + UInt32(index))
                let key = BackendKey(Self.key.service, Endpoint(address, 443))
                return (key, Ruling(Backend.AdminState.drain, mandate()))
            }
            let full = Overrides(
                states: Dictionary(uniqueKeysWithValues: states),
                weights: [:],
                handovers: []
            )
            try ledger.follow(full)
            #expect(ledger.overrides.count == Overrides.most)
            do throws(Fault) {
                let order = BackendOrder.state(Self.key, Ruling(.drain, mandate()))
                _ = try ledger.keep(.order(order), configured: []) { true }
                Issue.record("kept more than the limit")
            } catch {
                #expect(error.code == "D431")
            }
            // The fullest file that is written is one that is read.
            #expect(try open(file).overrides.count == Overrides.most)
        }
    }

    @Test(arguments: [
        ("x", "443/tcp", "10.0.0.1:443", "drain"), ("203.0.113.10", "443", "10.0.0.1:443", "drain"),
        ("203.0.113.10", "443/tcp", "ten", "drain"),
        ("203.0.113.10", "1/tcp", "10.0.0.1:1", "gone"),
    ])
    func refusesWhatMakesNoSense(
        vip: String,
        service: String,
        backend: String,
        state: String
    )
        throws
    {
        try inFolder { file in
            var contents = StateFile.Contents()
            var order = try JSONDecoder().decode(
                StateFile.KeptOrder.self,
                from: Data(
                    """
                    {"place": {"vip": "\(vip)", "service": "\(service)", "backend": "\(backend)"},
                     "stateMandate": {"by": "a", "reason": "", "since": "2026-11-21T08:12:44.250Z"}}
                    """.utf8
                )
            )
            order.state = state
            contents.backends = [order]
            try file.save(contents)
            do throws(Fault) {
                _ = try open(file)
                Issue.record("made sense of \(order)")
            } catch {
                #expect(error.code == "D420" && !error.because.isEmpty)
            }
        }
    }
}
