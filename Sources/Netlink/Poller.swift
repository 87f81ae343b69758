import CNetlink
import Glibc

/// Descriptors of which one thread learns when they are ready (epoll(7)), and a bell by which other
/// threads wake it.
///
/// Here because it takes pointers; it knows nothing of netlink.
package struct Poller: ~Copyable, Sendable {
    /// What is waited for.
    package enum Interest: Sendable {
        case reading
        case writing
        case either
        /// Both, but each only once when it comes to be (epoll(7), edge-triggered): who does not
        /// read until there is nothing left is not told again.
        case changes

        fileprivate var bits: UInt32 {
            switch self {
            case .reading: UInt32(EPOLLIN.rawValue)
            case .writing: UInt32(EPOLLOUT.rawValue)
            case .either: UInt32(EPOLLIN.rawValue | EPOLLOUT.rawValue)
            case .changes: UInt32(EPOLLIN.rawValue | EPOLLOUT.rawValue | EPOLLET.rawValue)
            }
        }
    }

    /// So many events of one wait, and hardly more: others come with the next, which then returns
    /// at once.
    package static let eventsAtOnce = 512

    /// Waits that are shorter are told to the kernel in nanoseconds: epoll_wait(2) takes
    /// milliseconds, and what is due in half of one would come twice as late.
    private static let brief = Duration.milliseconds(5)

    /// The keys of the timer and the bell; descriptors may have any that is less.
    private static let timerKey = UInt64.max - 1
    private static let bellKey = UInt64.max

    private let epoll: Int32
    private let bell: Int32
    private let timer: Int32

    /// Watches nothing yet.
    ///
    /// - Throws: The kernel's refusal: no descriptor is left.
    package init() throws(Errno) {
        let epoll = epoll_create1(Int32(EPOLL_CLOEXEC))
        guard epoll >= 0 else { throw Errno(errno) }
        let bell = eventfd(0, Int32(EFD_CLOEXEC | EFD_NONBLOCK))
        let timer = timerfd_create(CLOCK_MONOTONIC, Int32(TFD_CLOEXEC | TFD_NONBLOCK))
        do throws(Errno) {
            guard bell >= 0, timer >= 0 else { throw Errno(errno) }
            try Self.control(epoll, EPOLL_CTL_ADD, bell, Self.bellKey, .reading)
            try Self.control(epoll, EPOLL_CTL_ADD, timer, Self.timerKey, .reading)
        } catch {
            for descriptor in [epoll, bell, timer] where descriptor >= 0 { close(descriptor) }
            throw error
        }
        self.timer = timer
        self.epoll = epoll
        self.bell = bell
    }

    deinit {
        close(timer)
        close(bell)
        close(epoll)
    }

    /// What is to be known of a descriptor.
    package struct Event: Hashable, Sendable {
        /// The key that it is watched under.
        package let key: UInt64
        /// Whether something can be read, were it the end or a failure.
        package let isReadable: Bool
        /// Whether it can be written to: it is connected.
        package let isWritable: Bool
        /// Whether something has failed, or is said of the path (`MSG_ERRQUEUE`).
        package let isTroubled: Bool

        /// What the kernel said with `bits` (epoll_ctl(2)).
        fileprivate init(key: UInt64, bits: UInt32) {
            let end = UInt32(EPOLLHUP.rawValue)
            let trouble = UInt32(EPOLLERR.rawValue) | end
            self.key = key
            isReadable = bits & (UInt32(EPOLLIN.rawValue) | trouble) != 0
            isWritable = bits & UInt32(EPOLLOUT.rawValue) != 0 && bits & end == 0
            isTroubled = bits & trouble != 0
        }
    }

    /// Ends the wait that is under way, or makes the next one end at once; from any thread.
    package func ring() {
        var one: UInt64 = 1
        // A counter that is full has been rung already.
        _ = unsafe write(bell, &one, MemoryLayout<UInt64>.size)
    }

    /// Tells of `socket` under `key` from now on; closing the socket ends it.
    package func watch(
        _ socket: borrowing StreamSocket,
        for interest: Interest,
        key: UInt64
    ) throws(Errno) {
        try Self.control(epoll, EPOLL_CTL_ADD, socket.descriptor, key, interest)
    }

    /// Tells under `key` that something can be read of `socket`; closing it ends that.
    package func watch(_ socket: borrowing ARPSocket, key: UInt64) throws(Errno) {
        try Self.control(epoll, EPOLL_CTL_ADD, socket.descriptor, key, .reading)
    }

    /// Tells under `key` that `child` has ended; the end of the value ends it.
    package func watch(_ child: borrowing ChildProcess, key: UInt64) throws(Errno) {
        try Self.control(epoll, EPOLL_CTL_ADD, child.sentry, key, .reading)
    }

    /// Tells of `socket` no more.
    package func forget(_ socket: borrowing StreamSocket) throws(Errno) {
        try Self.control(epoll, EPOLL_CTL_DEL, socket.descriptor, 0, .reading)
    }

    /// Waits for something else of a socket that is watched.
    package func change(
        _ socket: borrowing StreamSocket,
        to interest: Interest,
        key: UInt64
    ) throws(Errno) {
        try Self.control(epoll, EPOLL_CTL_MOD, socket.descriptor, key, interest)
    }

    /// Waits until something is ready, the bell rings, or that long; `nil` is for ever.
    ///
    /// A signal may end it with nothing. Trouble counts as what was waited for (epoll_ctl(2)); the
    /// next call on the socket says which it is.
    ///
    /// - Returns: The keys of the sockets that are ready, each once.
    package func wait(_ patience: Duration?) -> [UInt64] { events(within: patience).map(\.key) }

    /// Waits like `wait`.
    ///
    /// - Returns: What is to be known of each descriptor that is ready; fewer than `eventsAtOnce`
    ///   are all there are.
    package func events(within patience: Duration?) -> [Event] {
        let nothing = unsafe epoll_event(events: 0, data: epoll_data_t(u64: 0))
        // With room for the bell and the timer.
        let room = Self.eventsAtOnce + 2
        var found = unsafe [epoll_event](repeating: nothing, count: room)
        // Longer than the timer takes where there is one.
        let milliseconds = patience.map(\.milliseconds) ?? -1
        if let patience, patience > .zero, patience < Self.brief { setTimer(patience) }
        let count = unsafe epoll_wait(epoll, &found, Int32(room), milliseconds)
        guard count > 0 else { return [] }
        var events: [Event] = []
        events.reserveCapacity(Int(count))
        for index in 0..<Int(count) {
            let (key, bits) = unsafe (found[index].data.u64, found[index].events)
            guard key < Self.timerKey else {
                silence(key == Self.bellKey ? bell : timer)
                continue
            }
            events.append(Event(key: key, bits: bits))
        }
        return events
    }

    /// Sets the timer that ends a wait to the nanosecond.
    private func setTimer(_ patience: Duration) {
        let nanoseconds = Int(patience.components.attoseconds / 1_000_000_000)
        var time = itimerspec()
        time.it_value = timespec(
            tv_sec: Int(patience.components.seconds),
            tv_nsec: max(1, nanoseconds)
        )
        _ = unsafe timerfd_settime(timer, 0, &time, nil)
    }

    /// Takes back that it can be read: of a bell that has rung, a timer that has run out.
    private func silence(_ descriptor: Int32) {
        var count: UInt64 = 0
        _ = unsafe read(descriptor, &count, MemoryLayout<UInt64>.size)
    }

    private static func control(
        _ epoll: Int32,
        _ operation: Int32,
        _ descriptor: Int32,
        _ key: UInt64,
        _ interest: Interest
    ) throws(Errno) {
        var event = unsafe epoll_event(events: interest.bits, data: epoll_data_t(u64: key))
        guard unsafe epoll_ctl(epoll, operation, descriptor, &event) == 0 else {
            throw Errno(errno)
        }
    }
}
