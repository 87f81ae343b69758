package import Net

/// What one look at the link plane gives.
package struct LinkFacts: Equatable, Sendable {
    /// The addresses on our own link; empty while the link does not exist.
    package var addresses: Set<IPAddress>
    /// Whether the link exists and is up; an address on a link that is down serves nobody.
    package var isUp: Bool
    /// The kernel settings that may matter, as they are; what of them does, the intent decides.
    package var settings: [SettingReading]
    /// The services whose packets go on with the director's own address; `nil` when that could
    /// not be seen, which is not the same as none.
    package var masqueraded: Set<ServiceKey>?

    /// A look of these parts.
    package init(
        addresses: Set<IPAddress>,
        isUp: Bool,
        settings: [SettingReading] = [],
        masqueraded: Set<ServiceKey>? = []
    ) {
        self.addresses = addresses
        self.isUp = isUp
        self.settings = settings
        self.masqueraded = masqueraded
    }
}
