/// Where requests go and replies come from: a netlink socket, or a function that plays the kernel.
///
/// The seam is at whole messages. One level lower a test would have to play sequence numbers and
/// buffers; one level higher it would not see what is sent.
package protocol Exchange: Sendable {
    /// Asks for something and collects the whole answer.
    ///
    /// For a dump (`NLM_F_DUMP` in the flags) these are all its parts, possibly none; for another
    /// request the replies that came before the acknowledgement, usually none or one.
    ///
    /// - Throws: `NetlinkError.refused` with the kernel's errno, or why the exchange itself failed;
    ///   in the latter case it is unknown whether the request was carried out.
    func request(_ message: Message) async throws(NetlinkError) -> [Message]

    /// Asks for many things, one after the other, and collects the whole answer to each.
    ///
    /// The same as asking for each by itself, without a change of threads in between, which costs
    /// more than a short list does. Nothing else is asked meanwhile, so what is urgent waits: a
    /// caller keeps the number small.
    ///
    /// - Throws: What the first that failed would throw; the rest is not asked for.
    func requests(_ messages: [Message]) async throws(NetlinkError) -> [[Message]]

    /// Sends many requests that answer with an acknowledgement only, and says what became of each.
    ///
    /// They are carried out in their order, and one that fails does not stop the next. They are
    /// not a transaction: somebody else's requests may come in between.
    ///
    /// - Returns: For each message, `nil` when it was carried out or the kernel's refusal.
    /// - Throws: Why the exchange itself failed; which of the requests were carried out is unknown.
    func batch(_ messages: [Message]) async throws(NetlinkError) -> [Errno?]

    /// The same for messages that were written one after the other in the first place.
    func batch(_ list: MessageList) async throws(NetlinkError) -> [Errno?]

    /// The message type of a generic netlink family, looked up afresh each time.
    ///
    /// - Throws: `NetlinkError.noFamily` when the kernel does not have it, and cannot load it.
    func family(named name: String) async throws(NetlinkError) -> UInt16
}

extension Exchange {
    /// Takes the messages one by one, where nobody counts what that costs.
    package func batch(_ list: MessageList) async throws(NetlinkError) -> [Errno?] {
        try await batch(list.messages)
    }

    /// Asks for each by itself, where there is no thread to change.
    package func requests(_ messages: [Message]) async throws(NetlinkError) -> [[Message]] {
        var answers: [[Message]] = []
        for message in messages { answers.append(try await request(message)) }
        return answers
    }
}
