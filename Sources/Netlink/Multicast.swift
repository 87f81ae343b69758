import CNetlink
import Glibc

/// Word from the kernel that links, addresses or routes of this network namespace changed.
///
/// What changed is not passed on: whoever hears it looks at the whole again, which is right also
/// when words were lost. The socket's buffer is the queue, and it is emptied each time, so any
/// number of changes while nobody listens are one. A lost word (ENOBUFS) is a change as well.
///
/// It is pulled rather than pushed: while nobody asks for the next change, no thread waits for it.
package actor Multicast {
    private let executor = QueueExecutor(label: "netlink events")
    private let stop: StopSignal
    private let matters: @Sendable (Message) -> Bool
    private let keepsMessages: Bool
    private var kept: [Message] = []
    private var socket: NetlinkSocket?

    package nonisolated var unownedExecutor: UnownedSerialExecutor {
        unsafe executor.asUnownedSerialExecutor()
    }

    private init(
        groups: Int32,
        keepsMessages: Bool = false,
        matters: @escaping @Sendable (Message) -> Bool
    ) throws(NetlinkError) {
        stop = try StopSignal()
        self.matters = matters
        self.keepsMessages = keepsMessages
        socket = try NetlinkSocket(.route, groups: UInt32(groups))
    }

    /// Subscribes, and gives an element for each time that links or addresses have changed since.
    ///
    /// It is subscribed from when this returns, not from the first look at the stream. The stream
    /// is for one consumer. It ends when the task that awaits it is cancelled, and if the socket
    /// should fail; the subscription ends when the stream is let go.
    ///
    /// - Throws: `NetlinkError.unavailable`.
    package static func changes() throws(NetlinkError) -> AsyncStream<Void> {
        stream(
            of: try Multicast(
                groups: RTMGRP_LINK | RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR,
                matters: { _ in true }
            )
        )
    }

    /// Subscribes in the same way to changes of routes of this protocol number.
    ///
    /// A router may change thousands of others in a second, and nobody is woken for those.
    ///
    /// - Throws: `NetlinkError.unavailable`.
    package static func routeChanges(
        protocol owner: UInt8
    ) throws(NetlinkError) -> AsyncStream<Void> {
        stream(
            of: try Multicast(groups: RTMGRP_IPV4_ROUTE | RTMGRP_IPV6_ROUTE) { message in
                // `rtm_protocol` of `struct rtmsg`.
                message.payload.count > 5 && message.payload[5] == owner
            }
        )
    }

    /// Subscribes in the same way to links and neighbours, and gives the messages that `matters`
    /// picks; none of them when something was lost.
    ///
    /// What came while nobody listened comes together, as many as are kept.
    ///
    /// - Throws: `NetlinkError.unavailable`.
    package static func pathChanges(
        matters: @escaping @Sendable (Message) -> Bool
    ) throws(NetlinkError) -> AsyncStream<[Message]> {
        let subscription = try Multicast(
            groups: RTMGRP_LINK | RTMGRP_NEIGH,
            keepsMessages: true,
            matters: matters
        )
        return AsyncStream(
            unfolding: { await subscription.nextMessages() },
            onCancel: { subscription.stop.raise() }
        )
    }

    private static func stream(of subscription: Multicast) -> AsyncStream<Void> {
        AsyncStream(
            unfolding: { await subscription.next() },
            onCancel: { subscription.stop.raise() }
        )
    }

    private func nextMessages() -> [Message]? {
        guard next() != nil else { return nil }
        defer { kept = [] }
        return kept
    }

    /// Waits for a change; `nil` when stopped, or when the socket fails.
    private func next() -> Void? {
        guard var socket = socket.take() else { return nil }
        do throws(NetlinkError) {
            while !stop.isRaised {  // Ends with a change, or when stopped.
                if try drain(&socket) {
                    self.socket = consume socket
                    return ()
                }
                try socket.wait(milliseconds: -1, orFor: stop.descriptor)
            }
            return nil
        } catch {
            // Without its socket the stream has ended; the consumer looks anew and subscribes
            // again.
            return nil
        }
    }

    /// Empties the socket, and says whether there was anything that matters.
    private func drain(_ socket: inout NetlinkSocket) throws(NetlinkError) -> Bool {
        var found = false
        for _ in 0..<NetlinkLimits.eventDatagrams {
            do throws(NetlinkError) {
                guard let frames = try socket.receiveWaiting() else { return found }
                guard keepsMessages else {
                    found = found || frames.contains { matters($0.message) }
                    continue
                }
                for frame in frames where matters(frame.message) {
                    found = true
                    if kept.count < NetlinkLimits.keptEvents { kept.append(frame.message) }
                }
            } catch {
                switch error {
                // Something was lost, or not understood: either way something happened.
                case .overrun, .malformed: return true
                default: throw error
                }
            }
        }
        // More may wait; what of it matters shows in the next look.
        return true
    }
}

/// Wakes a thread that waits in poll(2), from any other thread, and stays raised.
struct StopSignal: ~Copyable {
    /// Can be read as soon as the signal is raised.
    let descriptor: Int32

    init() throws(NetlinkError) {
        descriptor = eventfd(0, Int32(EFD_CLOEXEC) | Int32(EFD_NONBLOCK))
        guard descriptor >= 0 else {
            throw .unavailable(Errno(errno), attempted: "create an event descriptor")
        }
    }

    deinit { close(descriptor) }

    /// Whether it was raised.
    var isRaised: Bool {
        var watched = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        return unsafe poll(&watched, 1, 0) > 0
    }

    /// Raises it, for good.
    func raise() {
        // It fails only when the counter is full, and then the signal is raised already.
        _ = eventfd_write(descriptor, 1)
    }
}
