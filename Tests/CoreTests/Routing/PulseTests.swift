import Core
import Testing

/// bgpd counts as hung when it takes the connection and does not answer, three times in a row.
@Suite struct PulseTests {
    private static let silence = Fault(code: "F104", summary: "no answer")

    private func at(_ milliseconds: Int64) -> Moment {
        Moment(nanoseconds: milliseconds * 1_000_000)
    }

    @Test func threeInARowWithinSixSeconds() {
        var pulse = Pulse(next: at(0))
        var told: [Bool] = []
        for start in [0, 2000, 4000] as [Int64] {
            #expect(pulse.next <= at(start))
            pulse.ask(at: at(start))
            #expect(pulse.isAwaited)
            told.append(pulse.failed(Self.silence, at: at(start + 2000)))
            #expect(!pulse.isAwaited)
        }
        #expect(told == [false, false, true])
        #expect(pulse.isHung)
        #expect(pulse.silent?.since == at(0))
        pulse.ask(at: at(6000))
        let isNews = pulse.failed(Self.silence, at: at(8000))
        #expect(!isNews)
        pulse.ask(at: at(8000))
        let wasHung = pulse.came(at: at(8001))
        #expect(wasHung)
        #expect(!pulse.isHung)
        #expect(pulse.silent == nil)
        #expect(pulse.answered == at(8001))
    }

    @Test func oneAnswerBeginsTheCountAnew() {
        var pulse = Pulse(next: at(0))
        for round in 0..<20 {
            let start = Int64(round) * 2000
            pulse.ask(at: at(start))
            if round % 3 == 2 {
                let wasHung = pulse.came(at: at(start + 1))
                #expect(!wasHung)
            } else {
                let isNews = pulse.failed(Self.silence, at: at(start + 2000))
                #expect(!isNews)
            }
            #expect(!pulse.isHung)
        }
    }

    @Test func keepsItsPaceWhateverAnAnswerTakes() {
        var pulse = Pulse(next: at(0))
        pulse.ask(at: at(0))
        _ = pulse.came(at: at(1))
        #expect(pulse.next == at(2000))
        pulse.ask(at: at(2000))
        _ = pulse.failed(Self.silence, at: at(9000))
        #expect(pulse.next == at(9000))
    }

    /// One that is not there at all serves no route, so nothing of it is hidden by its peers.
    @Test func oneThatIsNotThereIsNotHung() {
        var pulse = Pulse(next: at(0))
        for round in 0..<5 {
            pulse.ask(at: at(Int64(round) * 2000))
            let gone = Fault(code: "F102", summary: "nobody listens")
            let isNews = pulse.failed(gone, at: at(Int64(round) * 2000))
            #expect(!isNews)
        }
        #expect(!pulse.isHung)
    }
}
