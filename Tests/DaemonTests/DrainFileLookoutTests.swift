import Dispatch
import Synchronization
import Testing

@testable import Daemon

/// Looks at a drain file whose file system may not answer.
@Suite(.timeLimit(.minutes(1))) struct DrainFileLookoutTests {
    private let file = DrainFile(path: "/nowhere/drain")

    @Test func saysWhatTheLookGives() async {
        let lookout = DrainFileLookout()
        let sight = await lookout.sight(of: file)
        #expect(sight == .absent)
        let present = DrainFile.Sight.present(reason: "upgrade")
        #expect(await lookout.sight(of: file, looking: { _ in present }) == present)
    }

    /// While one look hangs nothing is known, no second one is sent after it, and the loop goes on.
    @Test func aLookThatHangsIsNotWaitedFor() async {
        let lookout = DrainFileLookout()
        let looks = Atomic(0)
        let answers = DispatchSemaphore(value: 0)
        let hanging: @Sendable (DrainFile) -> DrainFile.Sight = { _ in
            looks.add(1, ordering: .relaxed)
            answers.wait()
            return .absent
        }
        for _ in 0..<3 {
            let sight = await lookout.sight(of: file, looking: hanging, waiting: {})
            guard case .unknown(let reason) = sight else {
                Issue.record("\(String(describing: sight))")
                return
            }
            #expect(reason.contains("5.0 seconds"))
        }
        #expect(looks.load(ordering: .relaxed) <= 1)
        answers.signal()
        // It comes back some time, and then its successor tells.
        var sight: DrainFile.Sight?
        while sight != .present(reason: "") {
            sight = await lookout.sight(
                of: file,
                looking: { _ in .present(reason: "") },
                waiting: {}
            )
        }
    }

    @Test func oneThatIsCancelledWaitsForNoLook() async {
        let lookout = DrainFileLookout()
        let answers = DispatchSemaphore(value: 0)
        let file = file
        let waiting = Task {
            await lookout.sight(
                of: file,
                looking: { _ in
                    answers.wait()
                    return .absent
                }
            )
        }
        waiting.cancel()
        #expect(await waiting.value == nil)
        answers.signal()
    }
}
