import CNetlink

/// The kernel, asked over one netlink socket.
///
/// The socket is opened at first use, and after an exchange that did not end as it should: a late
/// answer, or a dump still running (EBUSY for the next one), would spoil what follows. One request
/// is under way at a time; the calls block on a queue of the actor's own, for
/// `NetlinkLimits.answer` at most.
package actor NetlinkChannel: Exchange {
    private let netlinkProtocol: NetlinkProtocol
    let patience: Duration
    private let executor: QueueExecutor
    var socket: NetlinkSocket?
    var sequence: UInt32 = 0

    package nonisolated var unownedExecutor: UnownedSerialExecutor {
        unsafe executor.asUnownedSerialExecutor()
    }

    /// A channel to this part of the kernel, in the network namespace of the process.
    ///
    /// - Parameters:
    ///   - netlinkProtocol: Which part of the kernel.
    ///   - patience: The time for one complete answer.
    package init(_ netlinkProtocol: NetlinkProtocol, patience: Duration = NetlinkLimits.answer) {
        self.netlinkProtocol = netlinkProtocol
        self.patience = patience
        executor = QueueExecutor(label: "netlink \(netlinkProtocol)")
    }

    /// Asks over the socket, which is kept unless what comes next on it is uncertain.
    package func request(_ message: Message) async throws(NetlinkError) -> [Message] {
        var socket = try takeSocket()
        do throws(NetlinkError) {
            let messages = try exchange(message, over: &socket)
            self.socket = consume socket
            return messages
        } catch {
            // After these two the answer is complete, and the socket as good as before.
            switch error {
            case .refused, .interrupted: self.socket = consume socket
            default: break
            }
            throw error
        }
    }

    /// Asks for each in turn; nothing of this gives the queue away.
    package func requests(_ messages: [Message]) async throws(NetlinkError) -> [[Message]] {
        var answers: [[Message]] = []
        answers.reserveCapacity(messages.count)
        for message in messages { answers.append(try await request(message)) }
        return answers
    }

    /// Sends as many at once as the socket's buffers bear, and then the next ones.
    package func batch(_ messages: [Message]) async throws(NetlinkError) -> [Errno?] {
        var list = MessageList(room: messages.count)
        for message in messages { list.append(message) }
        return try await batch(list)
    }

    /// As for messages one by one, which costs more.
    package func batch(_ list: MessageList) async throws(NetlinkError) -> [Errno?] {
        var socket = try takeSocket()
        var list = list
        var refusals: [Errno?] = []
        refusals.reserveCapacity(list.count)
        while refusals.count < list.count {
            refusals += try exchange(some: &list, from: refusals.count, over: &socket)
        }
        // An error on the way ends the socket with the function.
        self.socket = consume socket
        return refusals
    }

    /// Asks the controller of generic netlink, whose own number is fixed.
    package func family(named name: String) async throws(NetlinkError) -> UInt16 {
        precondition(netlinkProtocol == .generic, "families belong to generic netlink")
        let replies: [Message]
        do throws(NetlinkError) {
            replies = try await request(FamilyLookup.request(name))
        } catch .refused(.noEntry, _) {
            throw .noFamily(name)
        }
        return try FamilyLookup.identifier(in: replies)
    }

    /// The socket, or a new one; whoever takes it puts it back if it is still good.
    func takeSocket() throws(NetlinkError) -> NetlinkSocket {
        if let socket = socket.take() { return socket }
        return try NetlinkSocket(netlinkProtocol)
    }

    private func exchange(
        _ message: Message,
        over socket: inout NetlinkSocket
    ) throws(NetlinkError) -> [Message] {
        var message = message
        message.flags |= UInt16(NLM_F_REQUEST)
        if !message.isDump { message.flags |= UInt16(NLM_F_ACK) }
        sequence &+= 1
        var answer = Answer(to: message, sequence: sequence)
        let deadline = ContinuousClock.now + patience
        try socket.send(Frame(message: message, sequence: sequence).bytes)
        while let frames = try socket.receive(before: deadline) {
            for frame in frames where try answer.take(frame) { return answer.messages }
        }
        throw .timedOut(patience)
    }

    /// Sends as many of `list` as one send may have, at least one.
    private func exchange(
        some list: inout MessageList,
        from index: Int,
        over socket: inout NetlinkSocket
    ) throws(NetlinkError) -> [Errno?] {
        let first = sequence &+ 1
        let datagram = list.send(
            from: index,
            first: first,
            bytes: socket.sendBytes,
            count: socket.sendMessages
        )
        sequence &+= UInt32(datagram.count)
        var answer = BatchAnswer(first: first, count: datagram.count)
        let deadline = ContinuousClock.now + patience
        try socket.send(datagram.bytes)
        while let frames = try socket.receive(before: deadline) {
            for frame in frames where try answer.take(frame) { return answer.refusals }
        }
        throw .timedOut(patience)
    }
}
