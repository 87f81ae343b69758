/// A kernel that is a function: tests play it at the level of messages.
///
/// It stands where a socket would, so everything above the socket runs as it does in life.
package struct ScriptedKernel: Exchange {
    private let families: [String: UInt16]
    private let answer: @Sendable (Message) throws(NetlinkError) -> [Message]

    /// A kernel with these generic netlink families that answers each request with `answer`.
    package init(
        families: [String: UInt16] = [:],
        answer: @escaping @Sendable (Message) throws(NetlinkError) -> [Message]
    ) {
        self.families = families
        self.answer = answer
    }

    /// What the function answers.
    package func request(_ message: Message) async throws(NetlinkError) -> [Message] {
        try answer(message)
    }

    /// What the function answers to each in turn, of which only refusals are kept.
    package func batch(_ messages: [Message]) async throws(NetlinkError) -> [Errno?] {
        var results: [Errno?] = []
        for message in messages {
            do throws(NetlinkError) {
                _ = try answer(message)
                results.append(nil)
            } catch {
                guard case .refused(let errno, _) = error else { throw error }
                results.append(errno)
            }
        }
        return results
    }

    /// The number that the kernel was made with.
    package func family(named name: String) async throws(NetlinkError) -> UInt16 {
        guard let type = families[name] else { throw .noFamily(name) }
        return type
    }
}
