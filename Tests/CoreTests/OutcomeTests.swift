import Core
import Testing

/// What a result says about the server, and how it reads.
@Suite struct OutcomeTests {
    @Test func onlyLocalTroubleSaysNothing() {
        for code in Outcome.Code.allCases {
            let expected: Outcome.Verdict =
                switch code {
                case .l4ok, .l6ok, .l7ok: .passed
                case .socketError: .unknown
                case .l4timeout, .l4connection, .l6timeout, .l6response, .l7timeout, .l7response,
                    .l7status:
                    .failed
                }
            #expect(Outcome(code).verdict == expected)
        }
    }

    /// What fails although it could be reached is no connection that was refused.
    @Test func onlyWhatCouldNotBeReachedIsARefusal() {
        for code in Outcome.Code.allCases {
            let refused = Outcome(code)
            #expect(refused.isRefusal == (code == .l4connection))
            let served = Outcome(code, isDespiteConnection: true)
            #expect(!served.isRefusal && !served.adding("more").isRefusal)
            #expect(served.verdict == refused.verdict)
            #expect((served == refused) == (code != .l4connection))
        }
    }

    @Test func readsAsCodeStatusAndEvidence() {
        #expect(Outcome(.l4ok).description == "L4OK")
        #expect(
            Outcome(.l7status, status: 503, detail: "expected 200-299").description
                == "L7STS 503 expected 200-299"
        )
    }
}
