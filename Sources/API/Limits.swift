/// What the control socket bears, each number with its reason.
///
/// Everyone who can open the socket is a local user, but a local user's slip or script must not
/// cost the director its loop.
package enum ControlLimits {
    /// The bytes of a request's body: the largest configuration file that is read.
    package static let requestBytes = 8 << 20
    /// The bytes of an answer the client takes: 10,000 real servers at 400 bytes each are 4 MB,
    /// and a status document shows them once.
    package static let answerBytes = 64 << 20
    /// The bytes of one header field, and of all of them: our own client sends 100.
    package static let headerFieldBytes = 8 << 10
    package static let headerBytes = 16 << 10
    /// The header fields of a request: browsers send 20.
    package static let headerFields = 64
    /// The connections at a time: operators and scrapers of one director, with room for a loop
    /// that forgets to close.
    package static let connections = 64
    /// How long a request may take once its head is read; a reload reads a file and compares it.
    package static let requestTime: Duration = .seconds(30)
    /// How long a connection may say nothing between requests.
    package static let idleTime: Duration = .seconds(60)
    /// How long a left-over socket's owner has to accept before it counts as gone.
    package static let probeTime: Duration = .seconds(2)
    /// The bytes of an operator's reason: it is shown in one column of a table.
    package static let reasonBytes = 256
    /// The bytes of the socket's path: `sun_path` is 108 with its terminating zero (unix(7)), and
    /// the name it is bound under has a dot more.
    package static let socketPathBytes = 106
}
