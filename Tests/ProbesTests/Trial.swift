import Core
import Net
import Probes

/// Probes of a test.
enum Trial {
    /// Long enough for a busy machine to answer.
    static let patience = Duration.seconds(20)
    /// For servers that never answer as they should.
    static let brevity = Duration.milliseconds(400)

    /// The civil time of every trial: a hundred days and an hour before 2119-01-01, when the
    /// certificate of our server ends.
    static let now = Timestamp(milliseconds: 4_701_974_400_000) - .seconds(100 * 86_400 + 3_600)

    /// One probe with all the time that an answer may need.
    static func patient(
        _ endpoint: Endpoint,
        _ method: Check.Method,
        from origin: ProbeOrigin = ProbeOrigin()
    ) async -> Outcome {
        await probe(endpoint, Check(method: method, timeout: patience, origin: origin))
    }

    /// A brief probe that came to a judgement.
    ///
    /// On a machine with too little CPU a probe rightly refuses to judge: it is asked again.
    static func brief(_ endpoint: Endpoint, _ method: Check.Method) async -> Outcome {
        let check = Check(method: method, timeout: brevity)
        var outcome = await probe(endpoint, check)
        for _ in 0..<50 where outcome.verdict == .unknown {
            outcome = await probe(endpoint, check)
        }
        return outcome
    }

    private static func probe(_ endpoint: Endpoint, _ check: Check) async -> Outcome {
        let target = ProbeTarget(endpoint: endpoint, check: check)
        let outcome = await Prober(civilNow: { now }).probe(target)
        await StreamTrial.expectTheSame(as: outcome, of: target)
        return outcome
    }
}
