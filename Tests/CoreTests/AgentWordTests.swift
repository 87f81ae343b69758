import Core
import Testing

/// What agents say adds up, and what follows from it.
@Suite struct AgentWordTests {
    @Test(
        arguments: [
            ([], ""),
            ([AgentWord(percent: 75)], "75%"),
            // What is not named stays.
            ([AgentWord(percent: 75), AgentWord(wish: .drain)], "75% drain"),
            ([AgentWord(wish: .drain), AgentWord(percent: 30)], "30% drain"),
            // Only the agent takes back what it has said.
            ([AgentWord(wish: .maint), AgentWord(wish: .ready)], "ready"),
            ([AgentWord(health: .down), AgentWord(wish: .ready)], "ready down"),
            ([AgentWord(health: .stopped), AgentWord(health: .up)], "up"),
            ([AgentWord(percent: 10), AgentWord(percent: 100, health: .up)], "100% up"),
        ] as [([AgentWord], String)]
    )
    func words(said: [AgentWord], sum: String) {
        let all = said.reduce(AgentWord()) { $0.followed(by: $1) }
        #expect("\(all)" == sum)
        #expect(all.isEmpty == sum.isEmpty)
    }

    @Test(
        arguments: [
            (AgentWord(), .asElse, nil),
            (AgentWord(wish: .ready, health: .up), .asElse, nil),
            (AgentWord(wish: .drain), .drained, nil),
            (AgentWord(wish: .maint), .drained, nil),
            (AgentWord(wish: .drain, health: .down), .down, nil),
            (AgentWord(health: .down), .down, nil),
            (AgentWord(health: .fail), .down, nil),
            (AgentWord(health: .failed), .down, nil),
            (AgentWord(health: .stopped), .down, nil),
            (AgentWord(percent: 0), .drained, nil),
            (AgentWord(percent: 0, health: .down), .down, nil),
            (AgentWord(percent: 1), .asElse, 1),
            (AgentWord(percent: 14), .asElse, 1),
            (AgentWord(percent: 15), .asElse, 2),
            (AgentWord(percent: 75), .asElse, 8),
            (AgentWord(percent: 100), .asElse, nil),
            (AgentWord(percent: 1000), .asElse, 100),
        ] as [(AgentWord, AgentEffect.Use, Int?)]
    )
    func effects(word: AgentWord, use: AgentEffect.Use, steps: Int?) {
        let effect = AgentEffect(word)
        #expect(effect.use == use)
        #expect(effect.steps == steps)
    }

    /// Each part of the word meets the order that is about the same.
    @Test func anOperatorStandsOverAnAgent() {
        let word = AgentWord(percent: 50, wish: .drain, health: .down)
        #expect(AgentEffect(word, isStateOrdered: true) == AgentEffect(AgentWord(percent: 50)))
        let weighed = AgentEffect(word, isWeightOrdered: true)
        #expect(weighed == AgentEffect(AgentWord(wish: .drain, health: .down)))
        #expect(AgentEffect(word, isStateOrdered: true, isWeightOrdered: true) == .none)
        let nothing = AgentWord(percent: 0)
        #expect(AgentEffect(nothing, isStateOrdered: true) == .none)
        #expect(AgentEffect(nothing, isWeightOrdered: true) == .none)
    }

    /// Under a scheduler that moves flows with every weight, only all or nothing is followed.
    @Test(arguments: Scheduling.Scheduler.allCases)
    func sharesAreForThoseWhoCanRamp(scheduler: Scheduling.Scheduler) {
        let half = AgentEffect(AgentWord(percent: 50), scheduler: scheduler)
        #expect(half.steps == (scheduler.obstacleToRamps == nil ? 5 : nil))
        #expect(half.use == .asElse)
        let nothing = AgentEffect(AgentWord(percent: 0), scheduler: scheduler)
        #expect(nothing.use == .drained)
    }

    @Test(
        arguments: [
            (10, 50, 5), (10, 1, 1), (10, 150, 15), (1, 50, 1), (0, 50, 0), (65_535, 200, 65_535),
            (20, 100, 20),
        ]
    )
    func shares(full: Int, percent: Int, share: Int) {
        #expect(AgentEffect(AgentWord(percent: percent)).share(of: full) == share)
    }

    @Test func outcomesKeepWhatWasSaidBefore() {
        let drain = Outcome(.l7ok, detail: "drain", word: AgentWord(wish: .drain))
        let share = Outcome(.l7ok, detail: "20%", word: AgentWord(percent: 20))
        let gone = Outcome(.l4connection, detail: "refused")
        #expect(share.following(drain).word == AgentWord(percent: 20, wish: .drain))
        #expect(gone.following(drain).word == AgentWord(wish: .drain))
        #expect(gone.following(drain).code == .l4connection)
        #expect(drain.following(gone) == drain)
        #expect(drain.adding("soon").word == drain.word)
    }
}
