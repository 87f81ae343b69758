import Core
import Testing

@testable import Daemon

/// From looks at the drain file to orders.
@Suite struct DrainFileWatchTests {
    private static let file = DrainFile(path: "/etc/penstock/drain")

    /// A watch whose orders are passed on.
    private struct Run {
        var watch = DrainFileWatch()

        mutating func look(_ sight: DrainFile.Sight?, isTaken: Bool = true) -> DrainFileWatch.Step {
            let step = watch.take(
                sight.map { (DrainFileWatchTests.file, $0) },
                now: .zero,
                civilNow: Timestamp(milliseconds: 0)
            )
            if case .order(let command) = step, isTaken { watch.passedOn(command) }
            return step
        }
    }

    private static func reason(_ step: DrainFileWatch.Step) -> String? {
        guard case .order(.drain(let order)) = step, order.scope == .node, order.source == .file,
            order.wish.mode == .soft
        else { return nil }
        return order.wish.mandate.reason
    }

    private static let end = DrainFileWatch.Step.order(.undrain(.node, source: .file))

    @Test func drainsOnceAndEndsOnce() {
        var run = Run()
        #expect(run.look(.absent) == .none)
        #expect(Self.reason(run.look(.present(reason: "disk"))) == "disk")
        #expect(run.look(.present(reason: "disk")) == .none)
        #expect(run.look(.absent) == Self.end)
        #expect(run.look(.absent) == .none)
        let words = Self.reason(run.look(.present(reason: "")))
        #expect(words == "the drain file /etc/penstock/drain exists")
    }

    @Test func ordersAgainWhatWasNotPassedOn() {
        var run = Run()
        #expect(Self.reason(run.look(.present(reason: "a"), isTaken: false)) == "a")
        #expect(Self.reason(run.look(.present(reason: "a"))) == "a")
        #expect(run.look(.absent, isTaken: false) == Self.end)
        #expect(run.look(.absent) == Self.end)
        #expect(run.look(.absent) == .none)
    }

    @Test func staysAsItIsWhileItCannotTell() {
        var run = Run()
        #expect(run.look(.unknown("EIO")) == .blind("EIO"))
        #expect(run.look(.unknown("EIO")) == .none)
        #expect(Self.reason(run.look(.present(reason: "a"))) == "a")
        #expect(run.look(.unknown("EACCES")) == .blind("EACCES"))
        #expect(run.look(.present(reason: "a")) == .none)
        #expect(run.look(.unknown("EIO")) == .blind("EIO"))
        #expect(run.look(.absent) == Self.end)
    }

    @Test func endsWithTheConfigurationThatNamedIt() {
        var run = Run()
        #expect(Self.reason(run.look(.present(reason: "a"))) == "a")
        #expect(run.look(nil) == Self.end)
        #expect(run.look(nil) == .none)
    }

    /// Who waits for the first look that can tell is told of it, whatever it says, and once.
    @Test func tellsOfTheFirstLookThatCanTell() {
        var run = Run(watch: DrainFileWatch(isAwaited: true))
        #expect(run.look(.unknown("EIO")) == .blind("EIO"))
        #expect(run.look(.unknown("EIO")) == .none)
        #expect(run.look(.absent, isTaken: false) == .order(.drainFileKnown))
        #expect(run.look(.absent) == .order(.drainFileKnown))
        #expect(run.look(.absent) == .none)
        #expect(Self.reason(run.look(.present(reason: "a"))) == "a")
        run = Run(watch: DrainFileWatch(isAwaited: true))
        #expect(Self.reason(run.look(.present(reason: "a"))) == "a")
        #expect(run.look(.absent) == Self.end)
        run = Run(watch: DrainFileWatch(isAwaited: true))
        #expect(run.look(nil) == .order(.drainFileKnown))
        #expect(run.look(nil) == .none)
    }
}
