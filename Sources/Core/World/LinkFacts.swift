package import Net

/// What one look at the link plane gives.
package struct LinkFacts: Equatable, Sendable {
    /// The addresses on our own link; empty while the link does not exist.
    package var addresses: Set<IPAddress>
    /// Whether the link exists and is up; an address on a link that is down serves nobody.
    package var isUp: Bool
    /// The kernel settings a director needs, as they are; empty where they are to be ignored.
    package var settings: [SettingReading]

    /// A look of these parts.
    package init(addresses: Set<IPAddress>, isUp: Bool, settings: [SettingReading] = []) {
        self.addresses = addresses
        self.isUp = isUp
        self.settings = settings
    }
}

/// One kernel setting: what it is and what it should be.
package struct SettingReading: Hashable, Sendable {
    /// Its sysctl name, such as `net.ipv4.vs.sloppy_tcp`.
    package var name: String
    /// The value it has; `nil` when this kernel does not have the setting.
    package var actual: String?
    /// What it should be, in words a table can show: `1`, or `0 or 2`.
    package var wanted: String
    /// True when what it is will do.
    package var isRight: Bool
    /// Whether a VIP must not be newly announced while it is wrong.
    package var isNeeded: Bool
    /// What goes wrong without it, in one sentence.
    package var reason: String

    /// A reading of these parts.
    package init(
        name: String,
        actual: String?,
        wanted: String,
        isRight: Bool,
        isNeeded: Bool,
        reason: String
    ) {
        self.name = name
        self.actual = actual
        self.wanted = wanted
        self.isRight = isRight
        self.isNeeded = isNeeded
        self.reason = reason
    }
}
