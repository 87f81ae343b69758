import CNetlink
import Glibc

/// One netlink socket, closed when this value ends.
///
/// libnl allocates, binds and sends. What it would do by itself beyond that is off: its automatic
/// acknowledgements, its sequence check, which a batch with few acknowledgements breaks for good,
/// and its receive loop, which folds the kernel's errnos into fewer of its own.
///
/// `@safe`: the pointer is private, set once, and freed in `deinit` only; libnl's sockets have no
/// locks, and a value that cannot be copied has one owner.
@safe
struct NetlinkSocket: ~Copyable {
    private let handle: OpaquePointer
    private let descriptor: Int32
    /// Reused for every receive: the kernel sizes its dump datagrams by what was offered before.
    private var buffer: [UInt8]

    /// The bytes that one send may have.
    let sendBytes: Int
    /// The messages that one send may have, so that the refusal of each fits the receive buffer.
    let sendMessages: Int

    /// Opens and binds a socket.
    ///
    /// - Parameters:
    ///   - netlinkProtocol: Which part of the kernel it talks to.
    ///   - groups: The notification groups it joins, as the bits of `RTMGRP_*`.
    /// - Throws: `NetlinkError.unavailable`.
    init(_ netlinkProtocol: NetlinkProtocol, groups: UInt32 = 0) throws(NetlinkError) {
        guard let handle = unsafe nl_socket_alloc() else {
            throw .unavailable(.noMemory, attempted: "allocate a netlink socket")
        }
        unsafe nl_socket_disable_auto_ack(handle)
        unsafe nl_socket_disable_seq_check(handle)
        unsafe nl_join_groups(handle, Int32(bitPattern: groups))
        // libnl answers with a number of its own; errno still has the kernel's.
        guard unsafe nl_connect(handle, netlinkProtocol.number) == 0 else {
            let failure = Errno(errno)
            unsafe nl_socket_free(handle)
            throw .unavailable(failure, attempted: "open a socket for \(netlinkProtocol)")
        }
        let descriptor = unsafe nl_socket_get_fd(handle)
        let level = SOL_SOCKET
        // More than the administrator's limit needs CAP_NET_ADMIN; without it less must do.
        let wanted = Int32(NetlinkLimits.bufferBytes)
        if !Self.set(descriptor, level, SO_RCVBUFFORCE, wanted) {
            _ = Self.set(descriptor, level, SO_RCVBUF, wanted)
        }
        if !Self.set(descriptor, level, SO_SNDBUFFORCE, wanted) {
            _ = Self.set(descriptor, level, SO_SNDBUF, wanted)
        }
        // Words with a refusal, and the refused request not sent back: since Linux 4.12 and 4.3;
        // an older kernel only says less.
        _ = Self.set(descriptor, SOL_NETLINK, NETLINK_EXT_ACK, 1)
        _ = Self.set(descriptor, SOL_NETLINK, NETLINK_CAP_ACK, 1)
        // A list of only what the header of its request names: since Linux 4.20; an older kernel
        // lists everything, so whoever asks looks again.
        _ = Self.set(descriptor, SOL_NETLINK, NETLINK_GET_STRICT_CHK, 1)

        sendBytes = min(
            NetlinkLimits.batchBytes,
            Self.size(descriptor, SO_SNDBUF) - NetlinkLimits.sendReserve
        )
        sendMessages = max(
            1,
            min(
                NetlinkLimits.batchMessages,
                Self.size(descriptor, SO_RCVBUF) / NetlinkLimits.replyBytes
            )
        )
        unsafe self.handle = handle
        self.descriptor = descriptor
        let room =
            netlinkProtocol == .generic
            ? NetlinkLimits.shortDatagramBytes : NetlinkLimits.datagramBytes
        buffer = [UInt8](repeating: 0, count: room)
    }

    deinit { unsafe nl_socket_free(handle) }

    /// Sends one datagram to the kernel, which has carried it out when this returns.
    func send(_ bytes: [UInt8]) throws(NetlinkError) { try send(bytes[...]) }

    /// As for a whole array.
    func send(_ bytes: ArraySlice<UInt8>) throws(NetlinkError) {
        let sent = unsafe bytes.withUnsafeBytes { raw in
            // libnl takes a pointer that it could write to, and only reads.
            unsafe nl_sendto(handle, UnsafeMutableRawPointer(mutating: raw.baseAddress), raw.count)
        }
        guard sent == bytes.count else {
            throw .unavailable(Errno(errno), attempted: "send \(bytes.count) bytes to the kernel")
        }
    }

    /// The frames of the next datagram of the kernel; `nil` when `deadline` passes before.
    ///
    /// - Throws: `NetlinkError.overrun`, `.malformed` or `.unavailable`.
    mutating func receive(
        before deadline: ContinuousClock.Instant
    ) throws(NetlinkError) -> [Frame]? {
        while true {  // Ends at the deadline.
            if let frames = try receiveWaiting() { return frames }
            let left = ContinuousClock.now.duration(to: deadline)
            guard left > .zero else { return nil }
            try wait(milliseconds: left.milliseconds, orFor: nil)
        }
    }

    /// The frames of a datagram that has arrived already; `nil` when there is none.
    ///
    /// A datagram of another process is none: anybody may send to a port id, and only the kernel
    /// has port id 0.
    mutating func receiveWaiting() throws(NetlinkError) -> [Frame]? {
        while true {  // Ends when the queue is empty.
            var sender = sockaddr_nl()
            var senderSize = socklen_t(MemoryLayout<sockaddr_nl>.size)
            // MSG_TRUNC: the answer is the datagram's length, even where the buffer is shorter.
            let count = unsafe buffer.withUnsafeMutableBytes { raw in
                unsafe withUnsafeMutableBytes(of: &sender) { address in
                    unsafe recvfrom(
                        descriptor,
                        raw.baseAddress,
                        raw.count,
                        Int32(MSG_DONTWAIT | MSG_TRUNC),
                        address.baseAddress?.assumingMemoryBound(to: sockaddr.self),
                        &senderSize
                    )
                }
            }
            guard count >= 0 else {
                switch errno {
                case EINTR: continue
                case EAGAIN: return nil
                case ENOBUFS: throw .overrun
                default: throw .unavailable(Errno(errno), attempted: "receive from the kernel")
                }
            }
            guard sender.nl_pid == 0 else { continue }
            guard count <= buffer.count else {
                throw .malformed("a datagram of \(count) bytes, more than the \(buffer.count) read")
            }
            return try Frame.frames(in: buffer[..<count])
        }
    }

    /// Waits until something arrives, until `stop` can be read, or that long; -1 is for ever.
    ///
    /// Signals may end it early: it says only that it is worth looking again.
    func wait(milliseconds: Int32, orFor stop: Int32?) throws(NetlinkError) {
        var watched = [
            pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0),
            // poll(2) skips a negative descriptor.
            pollfd(fd: stop ?? -1, events: Int16(POLLIN), revents: 0),
        ]
        guard unsafe poll(&watched, nfds_t(watched.count), milliseconds) < 0 else { return }
        let failure = errno
        guard failure == EINTR else {
            throw .unavailable(Errno(failure), attempted: "wait for the kernel")
        }
    }

    private static func set(
        _ descriptor: Int32,
        _ level: Int32,
        _ option: Int32,
        _ value: Int32
    ) -> Bool {
        var value = value
        let size = socklen_t(MemoryLayout<Int32>.size)
        return unsafe setsockopt(descriptor, level, option, &value, size) == 0
    }

    /// The size of a buffer as the kernel counts it; 0 when it does not say.
    private static func size(_ descriptor: Int32, _ option: Int32) -> Int {
        var value: Int32 = 0
        var size = socklen_t(MemoryLayout<Int32>.size)
        return unsafe getsockopt(descriptor, SOL_SOCKET, option, &value, &size) == 0
            ? Int(value) : 0
    }
}

extension Duration {
    /// Whole milliseconds, rounded up, so that waiting that long is never too short.
    var milliseconds: Int32 {
        let (seconds, attoseconds) = components
        let milliseconds =
            seconds * 1000 + (attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000
        return Int32(clamping: milliseconds)
    }
}
