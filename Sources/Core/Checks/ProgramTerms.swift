/// A program of the operator's whose end says how a server is.
package struct ProgramTerms: Hashable, Sendable {
    /// The megabytes of memory that it may map when not said: an interpreter with its libraries.
    package static let usualMegabytes = 256

    /// Its file, by its whole path, and its arguments; no shell reads them.
    package var command: [String]
    /// The user that it is run as; the daemon's own when not said.
    package var user: String?
    /// The megabytes (2^20 bytes) of memory that it may map.
    package var megabytes: Int

    /// A program of these parts; `command` has its file at least.
    package init(command: [String], user: String? = nil, megabytes: Int = usualMegabytes) {
        self.command = command
        self.user = user
        self.megabytes = megabytes
    }
}
