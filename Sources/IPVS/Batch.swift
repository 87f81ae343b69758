/// How a list of operations is cut into pieces that are sent at once.
enum Batch {
    /// The positions of the operations to send, batch by batch; what is refused is noted in
    /// `results` and left out.
    ///
    /// A batch holds `IPVSLimits.batch` operations, or more where a single destination has more
    /// than that in a row.
    static func plan(_ operations: [Operation], results: inout [IPVSError?]) -> [[Int]] {
        var batches: [[Int]] = []
        var open: [Int] = []
        for companions in Operation.companions(in: operations) {
            if companions.contains(where: { operations[$0].refusal != nil }) {
                for index in companions {
                    results[index] = .refusedBeforeSending(
                        .change(operations[index]),
                        operations[index].refusal ?? .companion
                    )
                }
                continue
            }
            if !open.isEmpty, open.count + companions.count > IPVSLimits.batch {
                batches.append(open)
                open = []
            }
            open += companions
        }
        return open.isEmpty ? batches : batches + [open]
    }
}
