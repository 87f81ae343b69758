package import Net

/// A real server of a service; IPVS calls it a destination.
package struct Backend: Hashable, Sendable {
    /// What the operator wants of it, whatever its health; the words are HAProxy's.
    package enum AdminState: String, Hashable, Sendable, CaseIterable {
        /// Takes flows while healthy.
        case ready
        /// Takes no new flows; is still checked.
        case drain
        /// Takes no new flows; is not checked.
        case maint
    }

    /// Where it listens.
    package var endpoint: Endpoint
    /// What the operator wants of it.
    package var admin: AdminState
    /// Its share, 0...65535; 0 is the same as draining it.
    package var weight: Int {
        get { Int(share) }
        set { share = Int32(clamping: newValue) }
    }
    // As wide as the kernel's, since there is one for every real server.
    private var share: Int32
    /// Why, in the operator's words.
    package var note: String?

    /// The real server at `endpoint`.
    package init(
        _ endpoint: Endpoint,
        weight: Int = 1,
        admin: AdminState = .ready,
        note: String? = nil
    ) {
        self.endpoint = endpoint
        share = Int32(clamping: weight)
        self.admin = admin
        self.note = note
    }
}
