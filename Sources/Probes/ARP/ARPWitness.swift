import Core
import Dispatch
import Netlink
import Synchronization

/// Asks real servers for the VIP by ARP while they are probed by way of IPVS, and fails the result
/// of those that answer.
///
/// One thread and one socket, which are there from the first such probe on. Results that need
/// nothing of this are passed on at once.
final class ARPWitness: Sendable {
    fileprivate struct Inbox: Sendable {
        var pairs: [ARPInquiry.Pair] = []
        var ends: [(pair: ARPInquiry.Pair, end: ProbeEnd)] = []
        var isRunning = false
        var isStopped = false
    }

    private let poller: Poller
    private let report: @Sendable ([ProbeEnd]) -> Void
    private let inbox = Mutex(Inbox())
    private let queue = DispatchQueue(label: "penstock.arp")

    /// A witness that has seen nothing; `report` takes what has ended, on whatever thread.
    ///
    /// - Throws: The kernel's refusal, an `Errno`: no descriptor is left. Not in its type, as with
    ///   the other probers.
    init(report: @escaping @Sendable ([ProbeEnd]) -> Void) throws {
        poller = try Poller()
        self.report = report
    }

    /// Begins to ask on behalf of those that are now probed.
    func accompany(_ orders: [ProbeOrder]) {
        let pairs = orders.compactMap { ARPInquiry.Pair(of: $0.target) }
        guard !pairs.isEmpty else { return }
        let starts = inbox.withLock { inbox in
            inbox.pairs += pairs
            defer { inbox.isRunning = true }
            return !inbox.isRunning
        }
        if starts { queue.async { self.run() } }
        poller.ring()
    }

    /// Takes what has ended, and reports it as soon as it is known what it is worth.
    func take(_ ends: [ProbeEnd]) {
        var settled: [ProbeEnd] = []
        var held: [(pair: ARPInquiry.Pair, end: ProbeEnd)] = []
        for end in ends {
            // What failed has failed.
            guard end.outcome.verdict == .passed,
                let pair = ARPInquiry.Pair(of: end.order.target)
            else {
                settled.append(end)
                continue
            }
            held.append((pair, end))
        }
        if !settled.isEmpty { report(settled) }
        guard !held.isEmpty else { return }
        inbox.withLock { $0.ends += held }
        poller.ring()
    }

    /// Ends the thread; what it held is dropped.
    func stop() {
        inbox.withLock { $0.isStopped = true }
        poller.ring()
    }

    private func run() {
        var session = ARPSession(now: SuspendingClock.now)
        while true {  // Ends when it is stopped.
            _ = poller.wait(session.patience(at: SuspendingClock.now))
            let mail = inbox.withLock { inbox in
                defer {
                    inbox.pairs = []
                    inbox.ends = []
                }
                return inbox
            }
            guard !mail.isStopped else { return }
            // Taken before the socket is read: what has come by then is heard before its time ends.
            let now = SuspendingClock.now
            for pair in mail.pairs { session.ask(pair, at: now, on: poller) }
            session.hear(at: now)
            session.hold(mail.ends, at: now)
            let ended = session.takeEnded()
            if !ended.isEmpty { report(ended) }
        }
    }
}

/// What the thread of a witness remembers between two looks.
private struct ARPSession {
    private final class Ear {
        let socket: ARPSocket

        init() throws(Errno) { socket = try ARPSocket() }
    }

    /// How long the links of this host are taken to be what they were.
    ///
    /// To list them costs as much as there are addresses, a thousand VIPs among them. A question
    /// that comes from an address of before is answered to nobody, which says nothing.
    private static let linksLast = Duration.seconds(5)

    /// The packets that are read in a turn: who is flooded with answers goes on all the same.
    private static let mostRead = 1024

    /// The questions that are sent before answers are read.
    ///
    /// The usual buffer of a socket (212992 bytes) holds some 270 packets, and a thousand VIPs of a
    /// server are two thousand questions.
    private static let mostSent = 64

    private static let socketKey: UInt64 = 0

    private let zero: SuspendingClock.Instant
    private var inquiry = ARPInquiry()
    private var ear: Ear?
    private var refusal: Errno?
    private var unsent: ArraySlice<ARPInquiry.Letter> = []
    private var links: [ARPLink] = []
    private var linksDue: SuspendingClock.Instant
    private var held: [ARPInquiry.Pair: [ProbeEnd]] = [:]
    private var ended: [ProbeEnd] = []
    private var buffer = [UInt8](repeating: 0, count: 2 * ARPPacket.byteCount)

    init(now: SuspendingClock.Instant) {
        zero = now
        linksDue = now
    }

    func patience(at now: SuspendingClock.Instant) -> Duration? {
        inquiry.nextDeadline.map { max(.zero, $0 - moment(now)) }
    }

    mutating func ask(
        _ pair: ARPInquiry.Pair,
        at now: SuspendingClock.Instant,
        on poller: borrowing Poller
    ) {
        if now >= linksDue {
            linksDue = now + Self.linksLast
            look(on: poller)
        }
        guard refusal == nil else { return }
        unsent += inquiry.ask(pair, on: links, at: moment(now))
    }

    /// Sends what is to be asked, reads what has come, and ends what has had its time.
    mutating func hear(at now: SuspendingClock.Instant) {
        repeat {
            for letter in unsent.prefix(Self.mostSent) { send(letter) }
            unsent = unsent.dropFirst(Self.mostSent)
            read(at: now)
        } while !unsent.isEmpty
        inquiry.expire(at: moment(now))
        for pair in inquiry.takeClosed() {
            for end in held.removeValue(forKey: pair) ?? [] { settle(end, of: pair) }
        }
    }

    /// Keeps results until it is known what they are worth.
    mutating func hold(
        _ ends: [(pair: ARPInquiry.Pair, end: ProbeEnd)],
        at now: SuspendingClock.Instant
    ) {
        for (pair, end) in ends {
            guard !inquiry.isOpen(pair) else {
                held[pair, default: []].append(end)
                continue
            }
            settle(end, of: pair)
        }
    }

    mutating func takeEnded() -> [ProbeEnd] {
        defer { ended = [] }
        return ended
    }

    private mutating func settle(_ end: ProbeEnd, of pair: ARPInquiry.Pair) {
        let outcome =
            if let refusal {
                end.outcome.adding(Self.words(refusal))
            } else {
                inquiry.testimony(of: pair)?.judged(end.outcome, of: pair) ?? end.outcome
            }
        ended.append(ProbeEnd(end.order, outcome))
    }

    private static func words(_ refusal: Errno) -> String {
        // A service manager may refuse a family of sockets beside, or instead of, a capability.
        switch refusal {
        case .notPermitted, .accessDenied, .familyNotSupported:
            "ARP of the VIP unknown: no right to ask (give it CAP_NET_RAW and sockets of AF_PACKET)"
        default: "ARP of the VIP unknown: no socket to ask with (\(refusal))"
        }
    }

    /// Looks what links there are, and for a socket.
    private mutating func look(on poller: borrowing Poller) {
        do throws(Errno) {
            links = try OwnLink.allWithARP().compactMap { ARPLink($0) }
            if ear == nil {
                let ear = try Ear()
                try poller.watch(ear.socket, key: Self.socketKey)
                self.ear = ear
            }
            refusal = nil
        } catch {
            refusal = error
        }
    }

    private mutating func read(at now: SuspendingClock.Instant) {
        guard let ear else { return }
        for _ in 0..<Self.mostRead {
            guard let (count, link) = receive(ear) else { return }
            guard let packet = ARPPacket(buffer.prefix(count)) else { continue }
            unsent += inquiry.hear(packet, on: link, at: moment(now))
        }
    }

    private mutating func receive(_ ear: Ear) -> (count: Int, link: Int32)? {
        do throws(Errno) {
            return try ear.socket.receive(into: &buffer)
        } catch {
            // A link that went down is told here once, and is nothing to the others.
            return nil
        }
    }

    private func send(_ letter: ARPInquiry.Letter) {
        do throws(Errno) {
            try ear?.socket.send(
                letter.packet.bytes,
                to: letter.receiver.bytes,
                on: letter.link
            )
        } catch {
            // What is not asked is not answered, which says as much.
        }
    }

    private func moment(_ instant: SuspendingClock.Instant) -> Moment {
        .zero + zero.duration(to: instant)
    }
}
