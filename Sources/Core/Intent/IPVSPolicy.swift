/// The kernel's side of this director: its table, its link and its settings.
package struct IPVSPolicy: Equatable, Sendable {
    /// Which services of the table are ours.
    package enum Management: String, Equatable, Sendable, CaseIterable {
        /// Those at a VIP of the configuration, or at an address on our own link.
        case listed
        /// Every service with an address; what is not configured is removed.
        case all
    }

    /// What to do about kernel settings that a direct-routing director needs.
    package enum SettingsMode: String, Equatable, Sendable, CaseIterable {
        /// Read them, withhold new announcements while one is wrong, say which.
        case verify
        /// Set them, then as `verify`.
        case apply
        /// Do not look at them.
        case ignore
    }

    /// Which services are ours.
    package var management: Management
    /// The dummy link that holds the VIPs; created when missing.
    package var interface: String
    /// How often the table and the link are read again although nothing is known to have changed.
    package var reconcileEvery: Duration
    /// How often the cheap listing of the table is compared with what is believed; `nil` for never.
    package var auditEvery: Duration?
    /// What to do about kernel settings.
    package var settings: SettingsMode
    /// What single kernel settings are to be instead, by their sysctl names.
    package var sysctls: [String: Int]
    /// The firewall marks of the services by which checks reach one real server through a VIP.
    package var checkMarks: MarkRange

    /// A policy of these parts, each of which has a default.
    package init(
        management: Management = .listed,
        interface: String = "vip0",
        reconcileEvery: Duration = .seconds(10),
        auditEvery: Duration? = .seconds(1),
        settings: SettingsMode = .verify,
        sysctls: [String: Int] = [:],
        checkMarks: MarkRange = .usual
    ) {
        self.management = management
        self.interface = interface
        self.reconcileEvery = reconcileEvery
        self.auditEvery = auditEvery
        self.settings = settings
        self.sysctls = sysctls
        self.checkMarks = checkMarks
    }
}
