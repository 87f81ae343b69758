import Netlink

/// Changes that are sent together, as they are sent.
struct BatchMessages: Sendable {
    /// What they are.
    let operations: [Operation]
    /// The id of the family to which they go.
    let family: UInt16
    /// A message for each, in their order.
    ///
    /// Behind a last one that may go unanswered goes a question, whose answer ends the exchange.
    let list: MessageList

    /// The messages of these operations.
    init(_ operations: [Operation], family: UInt16) {
        var list = MessageList(room: operations.count + 1)
        for operation in operations { operation.append(to: &list, family: family) }
        if operations.last?.mayGoUnanswered == true {
            list.append(Request.info.message(family: family))
        }
        self.operations = operations
        self.family = family
        self.list = list
    }
}
