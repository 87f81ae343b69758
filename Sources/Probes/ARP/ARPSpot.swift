import Core
import Net

/// What is known of a real server on a link, whatever VIPs it is asked for.
struct ARPSpot {
    /// What an answer of a server for its own address is.
    enum News: Equatable {
        /// Its card is known now, for which these waited.
        case found([ARPInquiry.Pair])
        /// It is the one to the question behind that for this VIP, of this moment.
        case answered(ARPInquiry.Pair, asked: Moment)
    }

    /// What is to be sent for a pair, until when the answer may come, and who is asked, if known.
    struct Step {
        let letters: [ARPInquiry.Letter]
        let due: Moment
        let card: HardwareAddress?
    }

    private struct Question {
        let pair: ARPInquiry.Pair
        let asked: Moment
        let asker: IPAddress
    }

    /// The card of the server, once it is known.
    var card: HardwareAddress?
    /// When that last answered a question to itself.
    private(set) var heard: Moment?
    /// When everybody was asked for it.
    private var called: Moment?
    private var waiting: [ARPInquiry.Pair] = []
    /// The questions for its own address without an answer, in the order in which they were sent.
    private var unanswered: ArraySlice<Question> = []

    /// Nothing is known.
    init() {}

    /// Asks the server for the VIP and for itself, if its card is known, and else everybody for
    /// that: once in a while, whoever wants to know.
    mutating func seek(_ pair: ARPInquiry.Pair, on link: ARPLink, at now: Moment) -> Step {
        if let card {
            // Not sooner: what came in time may be read late.
            giveUp(until: now + (.zero - ARPInquiry.pause))
            unanswered.append(Question(pair: pair, asked: now, asker: link.address))
            return Step(
                letters: [pair.vip, pair.server].map { link.letter(asking: $0, card) },
                due: now + ARPInquiry.patience,
                card: card
            )
        }
        if let called, now - called < ARPInquiry.pause {
            let due = called + ARPInquiry.patience
            if now < due { waiting.append(pair) }
            return Step(letters: [], due: max(now, due), card: nil)
        }
        called = now
        waiting = [pair]
        return Step(
            letters: [link.letter(asking: pair.server, .everybody)],
            due: now + ARPInquiry.patience,
            card: nil
        )
    }

    /// Takes the answer of a card for the server's address to one of this host.
    ///
    /// Whoever answers first has it, where two do.
    mutating func hear(
        _ sender: HardwareAddress,
        answering asker: IPAddress,
        at now: Moment
    ) -> News? {
        guard let card else {
            card = sender
            defer { waiting = [] }
            return .found(waiting)
        }
        guard card == sender else { return nil }
        heard = now
        guard let first = unanswered.first, first.asker == asker else { return nil }
        unanswered.removeFirst()
        return .answered(first.pair, asked: first.asked)
    }

    /// Takes the questions up to `moment` for such that are not answered any more.
    ///
    /// Or one answer that is lost would have every later one taken for that of a question before.
    mutating func giveUp(until moment: Moment) {
        while let first = unanswered.first, first.asked <= moment { unanswered.removeFirst() }
    }
}
