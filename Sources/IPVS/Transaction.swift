/// Many operations that are carried out together: in their order, with few sends, and with a
/// result for each.
///
/// What is guaranteed:
///
/// - Operations are carried out in their order, and each of them wholly or not at all.
/// - One that fails does not stop those after it.
/// - Neighbours about the same destination (*companions*) travel in one send, so that the kernel
///   works on them without a pause: a destination that is removed and added again keeps its
///   connections. When one of them is refused before sending, none is sent.
/// - Every operation has a result, at its own position.
///
/// What is not: it is **not atomic**. The kernel knows no transactions (net/netlink/af_netlink.c,
/// `netlink_rcv_skb`, takes one message after the other). Packets arrive between two operations,
/// somebody else may change the table between them, nothing is undone when one fails, and when the
/// socket fails half-way some are carried out and some are not.
///
/// ```swift
/// var transaction = Transaction()
/// transaction.load(service, arrivals)
/// transaction.append(.deleteService(old))
/// let outcome = try await client.perform(transaction)
/// for error in outcome.failures { report(error) }
/// ```
public struct Transaction: Hashable, Sendable {
    /// What is to be carried out, in this order.
    public private(set) var operations: [Operation]

    /// A transaction of these operations.
    public init(_ operations: [Operation] = []) { self.operations = operations }

    /// Adds an operation at the end.
    public mutating func append(_ operation: Operation) { operations.append(operation) }

    /// Adds operations at the end.
    public mutating func append(contentsOf more: some Sequence<Operation>) {
        operations.append(contentsOf: more)
    }

    /// Adds a service with its destinations, whose table is built once; see `Operation.load`.
    public mutating func load(_ service: Service, _ arrivals: [Arrival]) {
        append(contentsOf: Operation.load(service, arrivals))
    }

    /// For each operation why it will not be sent, or `nil`.
    ///
    /// Nothing is asked of the kernel for it. Whoever wants all or nothing as far as it can be
    /// had looks here first.
    public var refusals: [Refusal?] {
        var refusals = operations.map(\.refusal)
        guard refusals.contains(where: { $0 != nil }) else { return refusals }
        for companions in Operation.companions(in: operations)
        where companions.contains(where: { refusals[$0] != nil }) {
            for index in companions where refusals[index] == nil { refusals[index] = .companion }
        }
        return refusals
    }

    /// What became of a transaction.
    public struct Outcome: Hashable, Sendable {
        /// For each operation, at its position, why it failed; `nil` when it was carried out.
        public let results: [IPVSError?]

        /// An outcome with these results.
        public init(_ results: [IPVSError?]) { self.results = results }

        /// Whether every operation was carried out.
        public var isComplete: Bool { results.allSatisfy { $0 == nil } }

        /// What failed, in the order of the operations; each error knows its operation.
        public var failures: [IPVSError] { results.compactMap(\.self) }

        /// Whether an operation may have been carried out although it is said to have failed, so
        /// that the table has to be read before anything is concluded.
        public var leavesStateUnknown: Bool { failures.contains(where: \.leavesStateUnknown) }

        /// Throws the first failure, if there is one.
        public func check() throws(IPVSError) {
            if let first = failures.first { throw first }
        }
    }
}

extension Transaction: ExpressibleByArrayLiteral {
    public init(arrayLiteral operations: Operation...) { self.init(operations) }
}
