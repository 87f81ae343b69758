import Core
import Testing

/// The numbers by which codes are counted and sent are those of their order: `Outcome.Code`.
@Suite struct OutcomeCodeTests {
    @Test func numbersFollowTheOrder() {
        #expect(Outcome.Code.all.map(\.number) == Array(Outcome.Code.allCases.indices))
        #expect(Outcome.Code.all == Outcome.Code.allCases)
    }
}
