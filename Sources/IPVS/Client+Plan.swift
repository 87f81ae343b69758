extension RulePlan {
    /// What became of a plan.
    package struct Outcome: Sendable {
        /// Why rules failed, by their place in the plan.
        package var failures: [Int: IPVSError] = [:]
        /// How many rules were sent: all of them, unless something is not known of one.
        package var sent = 0
    }
}

extension Client {
    /// Carries out a plan piece by piece, and takes back what is left of services half added.
    ///
    /// It ends with the first piece of which something is not known: what comes after may build on
    /// it.
    ///
    /// - Parameters:
    ///   - plan: What to do.
    ///   - length: About how many rules a piece has; those of one service stay together.
    ///   - reached: Told after each piece how many rules were sent.
    /// - Returns: What failed, and how far it came.
    /// - Throws: What `apply` throws for a piece, and what `reached` does.
    package nonisolated func carryOut(
        _ plan: RulePlan,
        inPiecesOf length: Int,
        reached: (Int) throws -> Void = { _ in }
    ) async throws -> RulePlan.Outcome {
        var outcome = RulePlan.Outcome()
        for piece in plan.pieces(of: length) {
            let results = try await apply(plan.rules[piece].map(\.operation))
            for (index, error) in zip(piece, results) {
                if let error { outcome.failures[index] = error }
            }
            outcome.sent = piece.upperBound
            try reached(outcome.sent)
            if results.contains(where: { $0?.leavesStateUnknown == true }) { break }
        }
        guard !outcome.failures.isEmpty else { return outcome }
        let leftovers = plan.cleanup(after: (0..<outcome.sent).map { outcome.failures[$0] })
        if !leftovers.isEmpty { _ = try await apply(leftovers) }
        return outcome
    }
}
