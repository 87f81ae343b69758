/// The ration of route changes in a snapshot.
package struct RouteChangeStatus: Codable, Equatable, Sendable {
    /// How many changes wait for their turn.
    package var waiting: Int
    /// For how long the first of them has waited, in seconds; absent when none does.
    package var longestSeconds: Double?
    /// How many may go at once now, of how many after a quiet time.
    package var room: Int
    package var burst: Int
    /// How many may go each second in the long run.
    package var perSecond: Int
}

/// Whether a bgpd answers, in a snapshot.
package struct PulseStatus: Codable, Equatable, Sendable {
    /// The words for it.
    package enum State: String, Codable, Equatable, Comparable, Sendable, CaseIterable {
        /// Not asked yet, or it is not there to be asked.
        case unknown
        /// The last sign of life came.
        case answering
        /// The last ones did not come; too few to tell.
        case silent
        /// It takes connections and does not answer.
        case hung

        package static func < (left: Self, right: Self) -> Bool {
            allCases.firstIndex(of: left) ?? 0 < allCases.firstIndex(of: right) ?? 0
        }
    }

    /// The word for it.
    package var state: State
    /// For how long it has been silent, in seconds; absent while it is not.
    package var silentSeconds: Double?
    /// How many VIPs are to be withdrawn at it and are not seen gone.
    package var pendingWithdrawals: Int
}

/// How restless a VIP has been, in a snapshot.
package struct DampingStatus: Codable, Equatable, Sendable {
    /// Its penalty, and the thresholds it is held against.
    package var penalty: Double
    package var suppress: Double
    package var reuse: Double
    /// How often it flapped since the daemon started.
    package var flaps: Int
    /// When it may return; absent unless it is held back.
    package var until: Timestamp?
}
