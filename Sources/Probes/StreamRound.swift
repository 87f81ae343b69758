import Core
import Net
import Netlink

/// The probes that one thread has under way.
///
/// Each sits at a socket, and where there was a connection leaves it for the next one: to make, to
/// watch and to close one costs as much as the connection does.
struct StreamRound {
    /// How long a result that changes nothing may wait for others to be reported with.
    ///
    /// To wake whoever takes it costs more than the probe did. A failure is reported at once.
    private static let gathering = Duration.milliseconds(5)

    /// Results that are reported although more could be waited for.
    private static let mostGathered = 512

    /// The bytes that are read at once: what a server sends in a burst of some segments.
    private static let readBytes = 16 * 1024

    /// The pieces that are read of one server before others have their turn.
    private static let mostPieces = 2

    /// The sockets that are kept for probes to come, all together.
    ///
    /// To make and to close one is a fifth of what a connection costs, so a machine that is asked
    /// for more than it can do keeps the thousands that are under way. Each is a descriptor, and
    /// some KiB of the kernel's.
    private static let mostIdle = 4096

    /// After so long those go that were never needed meanwhile: other probes may want their
    /// descriptors.
    private static let idleFor = Duration.seconds(10)

    /// So many of them at once: to close one takes some microseconds, for which others wait.
    private static let mostTrimmed = 128

    /// The part of a key that is the place, counted from the first key on.
    private static let places: UInt64 = 0xffff_ffff

    /// One probe.
    private struct Attempt {
        let order: ProbeOrder
        let began: SuspendingClock.Instant
        /// How long after its order it began.
        let delay: Duration
        var exchange: Exchange
        var isConnected = false
        /// What the kernel has not yet taken.
        var unsent: ArraySlice<UInt8> = []
    }

    /// A socket, and the probe that sits at it.
    private final class Seat {
        let place: Int
        /// What it is watched under: its place, and a number that no other had there.
        let key: UInt64
        let socket: StreamSocket
        /// The family of the probes that may have it next; of none where it has a mark or a source.
        let family: AddressFamily?
        var isWatched = false
        /// Whether something was said of its connection that would look like trouble with the next.
        ///
        /// What routers say of a connection that is being made stays with the socket until it is
        /// asked for (Linux net/ipv4/tcp_ipv4.c, `tcp_v4_err`).
        var isTroubled = false
        var savesAcknowledgement = false
        var attempt: Attempt?

        init(_ place: Int, key: UInt64, for target: ProbeTarget) throws(Errno) {
            let address = target.endpoint.address
            let origin = target.check.origin
            let source = origin.source(for: address.family)
            self.place = place
            self.key = key
            family = origin.mark == nil && source == nil ? address.family : nil
            socket = try StreamSocket(addressBytes: address.bytes.count)
            if let mark = origin.mark { try socket.setMark(mark) }
            if let source { try socket.bind(to: Array(source.bytes)) }
        }
    }

    private let userAgent: String
    private let firstKey: Int
    private let zero: SuspendingClock.Instant
    private var seats: [Seat?] = []
    private var vacant: [Int] = []
    private var lastSerial: UInt64 = 0
    /// By their family: IPv4 and IPv6.
    private var idle: [[Seat]] = [[], []]
    /// How many of them were not needed since `idleDue` was set.
    private var spare = [0, 0]
    private var idleDue: SuspendingClock.Instant
    private var deadlines = DueQueue()
    /// Those of which there may be more to read than was.
    private var unread: [Seat] = []
    private var generator = Chance(seed: .random(in: .min ... .max))
    private var buffer = [UInt8](repeating: 0, count: readBytes)
    private var ended: [ProbeEnd] = []
    private var isUrgent = false
    private var reportDue: SuspendingClock.Instant?

    /// No probes yet; their sockets will be watched under keys from `firstKey` on.
    init(userAgent: String, firstKey: Int = 0, now: SuspendingClock.Instant) {
        self.userAgent = userAgent
        self.firstKey = firstKey
        zero = now
        idleDue = now + Self.idleFor
    }

    /// How long nothing is due; `nil` when nothing ever is.
    func patience(at now: SuspendingClock.Instant) -> Duration? {
        guard unread.isEmpty else { return .zero }
        let deadline = deadlines.first.map { $0.due - moment(now) }
        let report = reportDue.map { now.duration(to: $0) }
        return [deadline, report].compactMap { $0 }.min().map { max($0, .zero) }
    }

    /// What has ended and is to be reported now.
    mutating func takeEnded(at now: SuspendingClock.Instant) -> [ProbeEnd] {
        guard let due = reportDue else { return [] }
        // Where nothing is under way, there is nothing to wait for.
        let isReady = isUrgent || deadlines.count == 0 || ended.count >= Self.mostGathered
        guard isReady || now >= due else { return [] }
        defer { ended.removeAll(keepingCapacity: true) }
        isUrgent = false
        reportDue = nil
        return ended
    }

    /// Begins a probe; not between a wait and `take` of what it found, which is about whoever had
    /// the socket before.
    mutating func start(
        _ order: ProbeOrder,
        orderedAt: SuspendingClock.Instant,
        on poller: borrowing Poller
    ) {
        let target = order.target
        let began = SuspendingClock.now
        let exchange = Exchange(target, chance: generator.next(), userAgent: userAgent)
        do throws(Errno) {
            let seat = try takeSeat(for: target)
            seat.attempt = Attempt(
                order: order,
                began: began,
                delay: orderedAt.duration(to: began),
                exchange: exchange
            )
            deadlines.insert(seat.place, due: moment(orderedAt) + target.check.timeout)
            do throws(Errno) {
                if seat.savesAcknowledgement != exchange.speaksFirst {
                    seat.savesAcknowledgement = exchange.speaksFirst
                    seat.socket.saveAcknowledgement(exchange.speaksFirst)
                }
                let progress = try seat.socket
                    .connect(
                        to: Array(target.endpoint.address.bytes),
                        port: target.endpoint.port.number
                    )
                if !seat.isWatched {
                    try poller.watch(seat.socket, for: .changes, key: seat.key)
                    seat.isWatched = true
                }
                if progress == .connected { connected(seat, at: SuspendingClock.now) }
            } catch {
                fail(seat, error, at: SuspendingClock.now)
            }
        } catch {
            guard case .settle(let judgement) = exchange.failed(errno: error.number) else { return }
            end(order, judgement, after: .zero, at: began)
        }
    }

    /// Looks at what has become of a socket.
    mutating func take(_ event: Poller.Event, at now: SuspendingClock.Instant) {
        let place = Int(event.key & Self.places) - firstKey
        // A child that was started at this moment may hold a socket that is closed here, of which
        // more is said then.
        guard seats.indices.contains(place), let seat = seats[place], seat.key == event.key,
            let isConnected = seat.attempt?.isConnected
        else { return }
        do throws(Errno) {
            if !isConnected {
                if event.isTroubled {
                    seat.isTroubled = true
                    // Asked only then: a call for each would be a third of them all.
                    try seat.socket.finishConnecting()
                }
                guard event.isWritable else { return }
                connected(seat, at: now)
            } else if event.isWritable, seat.attempt?.unsent.isEmpty == false {
                try send(seat)
            }
            if event.isReadable { try read(seat, at: now) }
        } catch {
            fail(seat, error, at: now)
        }
    }

    /// Goes on with those that had more to say than others could wait for.
    mutating func resume(at now: SuspendingClock.Instant) {
        let seats = unread
        unread = []
        for seat in seats {
            do throws(Errno) { try read(seat, at: now) } catch { fail(seat, error, at: now) }
        }
    }

    /// Ends what has had its time.
    mutating func expire(at now: SuspendingClock.Instant) {
        if now >= idleDue { trim(at: now) }
        while let first = deadlines.first, first.due <= moment(now) {
            deadlines.remove(first.slot)
            guard let seat = seats[first.slot], let attempt = seat.attempt else { continue }
            let timeout = attempt.order.target.check.timeout
            let lateness = attempt.began.duration(to: now) + attempt.delay - timeout
            let late = max(attempt.delay, lateness)
            perform(attempt.exchange.expired(late: late), for: seat, at: now)
        }
    }

    private func moment(_ instant: SuspendingClock.Instant) -> Moment {
        .zero + zero.duration(to: instant)
    }

    // MARK: What is said

    private mutating func connected(_ seat: Seat, at now: SuspendingClock.Instant) {
        seat.attempt?.isConnected = true
        guard let step = seat.attempt?.exchange.connected() else { return }
        perform(step, for: seat, at: now)
    }

    private mutating func fail(_ seat: Seat, _ error: Errno, at now: SuspendingClock.Instant) {
        guard let step = seat.attempt?.exchange.failed(errno: error.number) else { return }
        perform(step, for: seat, at: now)
    }

    private mutating func perform(
        _ step: Exchange.Step,
        for seat: Seat,
        at now: SuspendingClock.Instant
    ) {
        switch step {
        case .wait, .reopenAsStream: break  // It is one.
        case .send(let bytes):
            seat.attempt?.unsent = bytes[...]
            do throws(Errno) { try send(seat) } catch { fail(seat, error, at: now) }
        case .settle(let judgement): settle(seat, judgement, at: now)
        }
    }

    private func send(_ seat: Seat) throws(Errno) {
        guard let unsent = seat.attempt?.unsent else { return }
        seat.attempt?.unsent = unsent.dropFirst(try seat.socket.send(unsent))
    }

    /// Reads until nothing is left, or others have waited for long enough.
    private mutating func read(_ seat: Seat, at now: SuspendingClock.Instant) throws(Errno) {
        var pieces = 0
        while seat.attempt?.isConnected == true {  // Ends when the probe does.
            guard pieces < Self.mostPieces else { return unread.append(seat) }
            pieces += 1
            guard let count = try seat.socket.receive(into: &buffer) else { return }
            let step =
                count > 0
                ? seat.attempt?.exchange.received(buffer[..<count])
                : seat.attempt?.exchange.closed()
            if let step { perform(step, for: seat, at: now) }
        }
    }

    // MARK: How it ends

    private mutating func settle(
        _ seat: Seat,
        _ judgement: Exchange.Judgement,
        at now: SuspendingClock.Instant
    ) {
        guard let attempt = seat.attempt else { return }
        seat.attempt = nil
        deadlines.remove(seat.place)
        leave(seat, isConnected: attempt.isConnected)
        end(attempt.order, judgement, after: attempt.began.duration(to: now), at: now)
    }

    private mutating func end(
        _ order: ProbeOrder,
        _ judgement: Exchange.Judgement,
        after duration: Duration,
        at now: SuspendingClock.Instant
    ) {
        let outcome = judgement.outcome(after: duration)
        ended.append(ProbeEnd(order, outcome))
        reportDue = reportDue ?? now + Self.gathering
        if outcome.verdict != .passed { isUrgent = true }
    }

    // MARK: Where they sit

    private mutating func takeSeat(for target: ProbeTarget) throws(Errno) -> Seat {
        let origin = target.check.origin
        let family = target.endpoint.address.family
        let row = Self.row(of: family)
        if origin.mark == nil, origin.source(for: family) == nil, let seat = idle[row].popLast() {
            spare[row] = min(spare[row], idle[row].count)
            return seat
        }
        do throws(Errno) {
            return try makeSeat(for: target)
        } catch {
            guard [.noDescriptor, .noFile].contains(error) else { throw error }
            // They are kept for probes to come, and one is here.
            for seat in idle.joined() { vacate(seat) }
            idle = [[], []]
            spare = [0, 0]
            return try makeSeat(for: target)
        }
    }

    private mutating func makeSeat(for target: ProbeTarget) throws(Errno) -> Seat {
        let place = vacant.last ?? seats.count
        let key = UInt64(firstKey + place) | (lastSerial + 1) << 32
        let seat = try Seat(place, key: key, for: target)
        lastSerial += 1
        if vacant.popLast() == nil { seats.append(seat) } else { seats[place] = seat }
        return seat
    }

    /// Gives back the sockets that nobody needed for a while.
    private mutating func trim(at now: SuspendingClock.Instant) {
        var isLeft = false
        for row in idle.indices {
            // The first are those that were left for longest.
            let count = min(spare[row], Self.mostTrimmed)
            for seat in idle[row].prefix(count) { vacate(seat) }
            idle[row].removeFirst(count)
            spare[row] -= count
            isLeft = isLeft || spare[row] > 0
        }
        guard !isLeft else { return }
        idleDue = now + Self.idleFor
        spare = idle.map(\.count)
    }

    private mutating func vacate(_ seat: Seat) {
        // Nothing of it may be open when another has its place.
        unread.removeAll { $0 === seat }
        seats[seat.place] = nil
        vacant.append(seat.place)
    }

    private static func row(of family: AddressFamily) -> Int { family == .v4 ? 0 : 1 }

    /// Ends the connection, if there is one, and keeps the socket for another where that can be.
    private mutating func leave(_ seat: Seat, isConnected: Bool) {
        do throws(Errno) {
            // One that waits for an answer still is left by its end alone.
            if isConnected || seat.isTroubled {
                try seat.socket.disconnect()
                if seat.isTroubled { try seat.socket.forgetErrors() }
                seat.isTroubled = false
                if let row = seat.family.map(Self.row),
                    idle[0].count + idle[1].count < Self.mostIdle
                {
                    return idle[row].append(seat)
                }
            }
        } catch {
            // Nothing but to close it is left to do.
        }
        vacate(seat)
    }
}
