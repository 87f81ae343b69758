import Core
import Testing
import TestSupport

@testable import penstock

/// When an `undrain --wait` is over, and what it ends with.
struct HomecomingTests {
    private static func snapshot(
        _ state: VIPStatus.State,
        _ code: String?
    ) throws -> Snapshot {
        var snapshot = try SampleSnapshot.calm()
        snapshot.vips[0].state = state
        // The sample's own is another VIP's, which has one.
        var reason = try SampleSnapshot.mixed().vips[0].reason
        reason?.code = code ?? ""
        reason?.text = "because of \(code ?? "")"
        snapshot.vips[0].reason = code == nil ? nil : reason
        return snapshot
    }

    @Test func isCompleteOnceAllAreAnnounced() throws {
        let homecoming = Homecoming(of: [], in: try SampleSnapshot.calm())
        #expect(homecoming.isOver && homecoming.isComplete)
        #expect(plain([homecoming.summary]) == ["Active: 2 of 2 VIPs announced."])
        #expect(homecoming.lines.isEmpty)
    }

    /// Down, withdrawn or blocked for now: the word for the state says nothing, the reason does.
    @Test(arguments: [
        (VIPStatus.State.withdrawn, "hold-up"), (.withdrawn, "damped"), (.down, "not-checked"),
        (.holding, "drain-file"), (.withdrawn, "loading"), (.withdrawn, "blind"),
        (.advertising, ""), (.withdrawn, ""), (.blocked, "F120"), (.blocked, "F124"),
        (.holding, "services-missing"),
    ])
    func waitsForWhatPasses(state: VIPStatus.State, code: String) throws {
        let snapshot = try Self.snapshot(state, code.isEmpty ? nil : code)
        let homecoming = Homecoming(of: [], in: snapshot)
        #expect(!homecoming.isOver && !homecoming.isComplete)
    }

    @Test(arguments: [
        (VIPStatus.State.withdrawn, "no-quorum"), (.down, "no-quorum"), (.blocked, "refused"),
        (.blocked, "contested"), (.holding, "settings-wrong"), (.blocked, "F105"),
        (.blocked, "not-sent"),
    ])
    func endsWithTheReasonThatLasts(state: VIPStatus.State, code: String) throws {
        let snapshot = try Self.snapshot(state, code)
        let homecoming = Homecoming(of: [], in: snapshot)
        #expect(homecoming.isOver && !homecoming.isComplete)
        let name = snapshot.vips[0].name
        #expect(plain(homecoming.lines) == ["✗ \(name) cannot be announced: because of \(code)"])
        #expect(plain([homecoming.summary]) == ["Active: 1 of 2 VIPs announced."])
    }

    /// A picture of before the order, and one of a path that is still the worse one.
    @Test func isNotFooledByWhatWasBefore() throws {
        let drain = try SampleSnapshot.draining(.done, ending: "quiet").node.drain
        var snapshot = try SampleSnapshot.calm()
        let name = snapshot.vips[0].name
        snapshot.vips[0].drain = drain
        #expect(!Homecoming(of: [name], in: snapshot).isOver)
        // Without being named it was not let go.
        #expect(Homecoming(of: [], in: snapshot).isComplete)
        snapshot = try SampleSnapshot.calm()
        snapshot.node.drain = drain
        #expect(!Homecoming(of: [name], in: snapshot).isOver)
        snapshot = try SampleSnapshot.calm()
        snapshot.vips[0].softenedTo = ["10.0.0.1"]
        #expect(!Homecoming(of: [name], in: snapshot).isOver)
    }

    @Test func asksOnlyAboutThoseThatAreNamed() throws {
        let snapshot = try Self.snapshot(.withdrawn, "no-quorum")
        #expect(Homecoming(of: [snapshot.vips[1].name], in: snapshot).isComplete)
        #expect(!Homecoming(of: [snapshot.vips[0].name], in: snapshot).isComplete)
    }
}
