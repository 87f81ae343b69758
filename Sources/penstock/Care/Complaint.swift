package import IPVS

/// When an error that comes again and again is worth another word.
package struct Complaint: Sendable {
    /// After so many times in a row it is said again; at one a second that is a minute.
    package static let reminder = 60

    private var last: IPVSError?
    private var count = 0

    /// Nothing has gone wrong so far.
    package init() {}

    /// Whether to say something: of an error that is new or has lasted, and, with `nil`, that the
    /// last one is over.
    package mutating func isDue(_ error: IPVSError?) -> Bool {
        guard error == last else {
            last = error
            count = 0
            return true
        }
        guard error != nil else { return false }
        count = (count + 1) % Self.reminder
        return count == 0
    }
}
