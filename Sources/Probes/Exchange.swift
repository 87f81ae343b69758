import Core
import Net

/// One probe from its connection to its judgement, without a socket or a clock.
///
/// The driver tells what happened and does what `Step` says; after `.settle` it asks no more.
struct Exchange: Sendable {
    /// What the driver is to do next.
    enum Step: Hashable, Sendable {
        /// Nothing until something happens.
        case wait
        /// Send these bytes.
        case send([UInt8])
        /// Leave the channel there is, and make a TCP connection to the same endpoint.
        case reopenAsStream
        /// The probe is over: report this, close the connection.
        case settle(Judgement)
    }

    /// What came of it; an `Outcome` but for the time it took, which only the driver knows.
    struct Judgement: Hashable, Sendable {
        let code: Outcome.Code
        var status: Int?
        let detail: String
        /// What the agent of a server said.
        var word: AgentWord?

        /// A judgement with its evidence.
        init(code: Outcome.Code, status: Int? = nil, _ detail: String, word: AgentWord? = nil) {
            self.code = code
            self.status = status
            self.detail = detail
            self.word = word
        }

        /// The outcome of a probe that took so long.
        func outcome(after duration: Duration) -> Outcome {
            Outcome(code, status: status, detail: detail, duration: duration, word: word)
        }
    }

    /// What carries the bytes.
    enum Carrier: Hashable, Sendable {
        case stream
        case datagrams
        /// Messages of ICMP, without a port.
        case echoes
    }

    /// Whether probes of `target` are a TCP connection from the first and to the end, and nothing
    /// between it and the bytes.
    static func isPlainStream(_ target: ProbeTarget) -> Bool {
        target.check.method.carrier == .stream && target.check.method.tls == nil
    }

    private enum State: Sendable {
        case connecting
        case securing(TLSTerms)
        case reading(any Answer)
    }

    /// How late a deadline may be noticed before its verdict is void: far above what an event loop
    /// with enough CPU takes for one turn.
    static let tolerance = Duration.milliseconds(100)

    /// What carries its bytes now.
    private(set) var carrier: Carrier

    private let target: ProbeTarget
    private let userAgent: String
    private let chance: UInt64
    private var state = State.connecting
    /// What is to be remarked upon beside the judgement.
    private var remark: String?
    private var check: Check { target.check }

    /// A probe of `target` whose connection is being made.
    ///
    /// `chance` is what makes its question one that nobody else could answer; `userAgent` is
    /// printable ASCII.
    init(_ target: ProbeTarget, chance: UInt64, userAgent: String = "penstock") {
        self.target = target
        self.chance = chance
        self.userAgent = userAgent
        carrier = target.check.method.carrier
    }

    /// Whether nothing is waited for before something is sent, or the end, once there is a
    /// connection.
    var speaksFirst: Bool {
        switch check.method {
        case .tcp, .tls, .http, .grpc, .dns: true
        case .conversation(let dialogue): !dialogue.sent.isEmpty
        case .agent(let sent): !sent.isEmpty
        case .datagram, .icmp, .program: false
        }
    }

    /// The connection is there.
    mutating func connected() -> Step {
        guard let terms = check.method.tls else { return begin() }
        state = .securing(terms)
        return .wait
    }

    /// The handshake of TLS is over, and the server's certificate is as it must be.
    mutating func secured(_ handshake: Handshake) -> Step {
        guard case .securing(let terms) = state else { return .wait }
        if let left = handshake.left, left < .seconds(86_400) * terms.warnDays {
            remark = handshake.certificate
        }
        if check.method.needsHTTP2, handshake.chosen != "h2" {
            let chosen = handshake.chosen.map { Evidence.printable($0.utf8) } ?? "no protocol"
            return settle(.l6response, "\(handshake.version), but \(chosen) was chosen of h2")
        }
        guard case .tls = check.method else { return begin() }
        let offered = terms.protocols.joined(separator: ", ")
        let chosen = handshake.chosen.map { Evidence.printable($0.utf8) }
        guard terms.protocols.isEmpty || terms.protocols.contains(handshake.chosen ?? "") else {
            let detail =
                "\(handshake.version), but \(chosen ?? "no protocol") was chosen of \(offered)"
            return settle(.l6response, detail)
        }
        let words = [handshake.version, chosen, handshake.certificate].compactMap { $0 }
        return settle(.l6ok, words.joined(separator: ", "))
    }

    /// Something went wrong in TLS, in words.
    func failed(tls fault: String) -> Step {
        switch state {
        case .connecting, .securing: settle(.l6response, fault)
        case .reading: settle(.l7response, "TLS: \(fault)")
        }
    }

    /// Says what there is to say once the way to the server stands.
    private mutating func begin() -> Step {
        switch check.method {
        case .tcp, .tls: return settle(.l4ok, "connected")
        case .conversation(let dialogue), .datagram(let dialogue):
            state = .reading(DialogueAnswer(to: dialogue, isDatagram: carrier == .datagrams))
            // An empty datagram is one all the same.
            return dialogue.sent.isEmpty && carrier == .stream ? .wait : .send(dialogue.sent)
        case .agent(let sent):
            state = .reading(AgentAnswer())
            return sent.isEmpty ? .wait : .send(sent)
        case .http(let expectation) where expectation.version == .http2:
            state = .reading(HTTP2Answer(to: expectation))
            return .send(expectation.request2(to: target.endpoint, userAgent: userAgent))
        case .http(let expectation):
            state = .reading(HTTPAnswer(to: expectation))
            return .send(expectation.request(to: target.endpoint, userAgent: userAgent))
        case .grpc(let expectation):
            state = .reading(HealthAnswer())
            return .send(expectation.request(to: target.endpoint, userAgent: userAgent))
        case .dns(let expectation):
            let answer = DNSAnswer(
                to: expectation,
                id: UInt16(truncatingIfNeeded: chance),
                isStream: carrier == .stream
            )
            state = .reading(answer)
            return .send(answer.query)
        case .icmp(let size):
            let answer = EchoAnswer(size: size, target.endpoint.address.family, chance: chance)
            state = .reading(answer)
            return .send(answer.request)
        case .program: return settle(.socketError, "a program is nothing that is said to a server")
        }
    }

    /// The server sent this: a piece of a stream, or a datagram.
    mutating func received(_ piece: ArraySlice<UInt8>) -> Step {
        guard case .reading(var answer) = state else { return .wait }
        // Given up while it is changed, or its buffers would be copied for every piece.
        state = .connecting
        let step = answer.read(piece)
        if step == .reopenAsStream {
            carrier = .stream
        } else {
            state = .reading(answer)
        }
        guard case .settle(let judgement) = step else { return step }
        return .settle(remarked(judgement))
    }

    /// The server ended the connection.
    mutating func closed() -> Step {
        switch state {
        case .connecting: return settle(.l4connection, "connection closed")
        case .securing: return settle(.l6response, "closed in the handshake")
        case .reading(var answer): return .settle(remarked(answer.end()))
        }
    }

    /// A call to the kernel failed.
    func failed(errno: Int32) -> Step {
        let fault = SocketFault(errno: errno)
        switch (fault.meaning, state) {
        case (.local, _): return settle(.socketError, fault.text)
        case (.timeout, .connecting): return settle(.l4timeout, fault.text)
        case (.noConnection, .connecting): return settle(.l4connection, fault.text)
        case (.timeout, .securing): return settle(.l6timeout, fault.text)
        case (.noConnection, .securing):
            return settle(.l6response, "\(fault.text) in the handshake")
        case (.timeout, .reading):
            return settle(carrier == .echoes ? .l4timeout : .l7timeout, fault.text)
        // A datagram makes no connection: this is the path's word that nobody takes it.
        case (.noConnection, .reading) where carrier != .stream:
            return settle(.l4connection, fault.text)
        case (.noConnection, .reading(let answer)):
            let when = answer.isStarted ? "in the middle of the answer" : "before an answer"
            return settle(.l7response, "\(fault.text) \(when)")
        }
    }

    /// The time of the check is over; `late` is how far behind its work the driver is.
    ///
    /// A driver that runs late may have the answer in a buffer it had no time to look at, so the
    /// silence it saw says nothing about the server.
    func expired(late: Duration) -> Step {
        guard late <= Self.tolerance else {
            return settle(
                .socketError,
                "this process ran \(Evidence.short(late)) late and cannot tell"
            )
        }
        let limit = Evidence.short(check.timeout)
        switch state {
        case .connecting: return settle(.l4timeout, "no connection within \(limit)")
        case .securing: return settle(.l6timeout, "connected, no handshake within \(limit)")
        case .reading(let answer):
            let detail =
                switch (answer.isStarted, carrier) {
                case (true, _): "answer not complete within \(limit)"
                case (false, .stream): "connected, no answer within \(limit)"
                case (false, .datagrams), (false, .echoes): "no answer within \(limit)"
                }
            return settle(carrier == .echoes ? .l4timeout : .l7timeout, detail)
        }
    }

    private func remarked(_ judgement: Judgement) -> Judgement {
        guard let remark else { return judgement }
        let detail = "\(judgement.detail); \(remark)"
        return Judgement(
            code: judgement.code,
            status: judgement.status,
            detail,
            word: judgement.word
        )
    }

    private func settle(_ code: Outcome.Code, _ detail: String) -> Step {
        .settle(Judgement(code: code, detail))
    }
}

extension Check.Method {
    /// How it speaks TLS; `nil` when it does not.
    var tls: TLSTerms? {
        switch self {
        case .tls(let terms): terms
        case .http(let expectation): expectation.tls
        case .grpc(let expectation): expectation.tls
        case .tcp, .conversation, .datagram, .dns, .icmp, .agent, .program: nil
        }
    }

    /// Whether it is spoken over HTTP/2.
    fileprivate var needsHTTP2: Bool {
        switch self {
        case .http(let expectation): expectation.version == .http2
        case .grpc: true
        case .tcp, .conversation, .datagram, .tls, .dns, .icmp, .agent, .program: false
        }
    }

    /// What carries the bytes of its probes at first.
    fileprivate var carrier: Exchange.Carrier {
        switch self {
        case .tcp, .conversation, .tls, .http, .grpc, .agent: .stream
        // A program carries its own bytes; nobody makes a connection for it.
        case .datagram, .program: .datagrams
        case .icmp: .echoes
        case .dns(let expectation): expectation.transport == .tcp ? .stream : .datagrams
        }
    }
}
