/// How the operations of a transaction are cut into pieces that are sent at once.
enum Batch {
    /// The positions of the operations to send, batch by batch, without those that are refused.
    ///
    /// A batch holds `IPVSLimits.batch` operations, or more where a single destination has more
    /// than that in a row.
    static func plan(_ operations: [Operation], refusals: [Refusal?]) -> [[Int]] {
        var batches: [[Int]] = []
        var open: [Int] = []
        for companions in Operation.companions(in: operations) {
            // They are refused together.
            guard refusals[companions.lowerBound] == nil else { continue }
            if !open.isEmpty, open.count + companions.count > IPVSLimits.batch {
                batches.append(open)
                open = []
            }
            open += companions
        }
        return open.isEmpty ? batches : batches + [open]
    }
}
