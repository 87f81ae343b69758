import Core
import Net
import Testing
import TestSupport

/// Which results may change what is thought of a target, and which may wait: `ProbeSchedule`.
@Suite struct ProbeNewsTests {
    /// Results of one target in a row, and whether each is news; rise 2, fall 3.
    ///
    /// A result is `+` passed, `-` failed or `?` unknown, and `!` is a call to ask anew; news is
    /// `n` and what can wait `.`.
    @Test(arguments: [
        ("++++", "nn.."),
        ("----", "nnnn"),
        ("++-+", "nnnn"),
        ("++-++++", "nnnnn.."),
        ("++?+", "nnn."),
        ("???", "nnn"),
        ("+++!+++", "nn.nn."),
    ])
    func newsIsWhatMayChangeAJudgement(results: String, news: String) throws {
        var generator = SeededGenerator(seed: 1)
        var schedule = ProbeSchedule()
        let target = ProbeTarget.numbered(1)
        schedule.update(targets: [target], now: .zero, using: &generator)
        var now = Moment.zero + .seconds(10)
        var found = ""
        for result in results {
            guard result != "!" else {
                let isKnown = schedule.summon(target, isSure: false, isAnew: true, now: now)
                #expect(isKnown)
                continue
            }
            let run = try #require(schedule.due(now: now).first)
            let verdict: Outcome.Verdict =
                switch result {
                case "+": .passed
                case "-": .failed
                default: .unknown
                }
            let isNews = schedule.finished(run, verdict, now: now, using: &generator)
            found += isNews ? "n" : "."
            now = now + .seconds(10)
        }
        #expect(found == news)
    }

    /// Nobody is to wait for the last word of one that has left.
    @Test func theLastWordOfOneThatLeftIsNews() throws {
        var generator = SeededGenerator(seed: 1)
        var schedule = ProbeSchedule()
        let target = ProbeTarget.numbered(1)
        schedule.update(targets: [target], now: .zero, using: &generator)
        let run = try #require(schedule.due(now: .zero + .seconds(10)).first)
        schedule.update(targets: [], now: .zero + .seconds(10), using: &generator)
        let isNews = schedule.finished(run, .passed, now: .zero + .seconds(11), using: &generator)
        #expect(isNews)
    }
}
