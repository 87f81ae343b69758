/// What became of the idle connection that a sentinel keeps to a server.
package enum SentinelNews: Hashable, Sendable {
    /// It stands.
    case stands
    /// It could not be made.
    case failed(SentinelEnd)
    /// It stood, and is no more.
    case ended(SentinelEnd)
}

/// Why a connection of a sentinel is not there (any more).
///
/// None of these is a verdict: a server that is well ends connections too.
package enum SentinelEnd: Hashable, Sendable {
    /// The server closed it (FIN), as it does when it ends, and when it tires of waiting.
    case closed
    /// The server broke it (RST), or refused it.
    case reset
    /// The path said that there is no way (ICMP, or a neighbour that does not answer).
    case unreachable
    /// Nothing came back: keepalives unanswered, or no connection in time.
    case silent
    /// The server sent more than anybody should to a client that says nothing.
    case talkative
    /// It could not be had for want of something here; says nothing about the server.
    case local
}

extension SentinelEnd {
    /// Whether the server itself ended it: what refuses the next connection then is no chance.
    ///
    /// A path may be back in a moment, and is left the time that `fastEvery` gives it.
    package var isServers: Bool {
        switch self {
        case .closed, .reset: true
        case .unreachable, .silent, .talkative, .local: false
        }
    }
}

extension SentinelEnd: CustomStringConvertible {
    /// A few words for an operator.
    package var description: String {
        switch self {
        case .closed: "closed by the server"
        case .reset: "reset"
        case .unreachable: "host or network unreachable"
        case .silent: "no answer any more"
        case .talkative: "the server does not stop sending"
        case .local: "no socket to be had here"
        }
    }
}

/// How a sentinel stands, for operators.
package struct SentinelSight: Hashable, Sendable {
    /// What its connection does.
    package enum Phase: String, Hashable, Sendable, CaseIterable {
        /// There is none, because the server is not up.
        case off
        /// Its time has not come: the last one has just ended.
        case waiting
        /// It is being made.
        case connecting
        /// It stands, and its end would be noticed.
        case watching
        /// There are as many connections as there may be, and this is not one of them.
        case crowdedOut = "crowded-out"
    }

    /// What its connection does.
    package var phase: Phase
    /// The last end of a connection that asked for a probe.
    package var lastCall: SentinelEnd?
    /// How long the server lets a connection be idle, where it is known to close such.
    package var idleLimit: Duration?

    /// A sentinel of these parts.
    package init(phase: Phase, lastCall: SentinelEnd? = nil, idleLimit: Duration? = nil) {
        self.phase = phase
        self.lastCall = lastCall
        self.idleLimit = idleLimit
    }
}
