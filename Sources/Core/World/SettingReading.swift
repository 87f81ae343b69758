import Net

/// One kernel setting: what it is, what it should be, and for whom.
package struct SettingReading: Hashable, Sendable {
    /// When a setting matters at all.
    package enum Use: String, Hashable, Sendable, CaseIterable {
        /// For every director.
        case always
        /// Where a service forwards by `nat`, and replies pass the director.
        case masquerading
        /// Where a service translates the source as well.
        case sourceNAT
        /// Where no service does.
        case noSourceNAT
        /// Where a service forwards by `tun`.
        case tunnelling
        /// Where a service is of SCTP.
        case sctp
        /// Where a check goes through the VIP.
        case checkPaths
        /// Where one does so and the real server answers it with the address of the VIP.
        case directCheckPaths
    }

    /// Its sysctl name, such as `net.ipv4.vs.sloppy_tcp`.
    package var name: String
    /// The value it has; `nil` when this kernel does not have the setting.
    package var actual: String?
    /// The numbers that will do, the first being the one to set; empty for a setting on which
    /// there is no opinion unless the configuration has one.
    package var accepted: [Int]
    /// Whether a VIP must not be newly announced while it is wrong.
    package var isNeeded: Bool
    /// When it matters; two readings of one name then differ in what they want.
    package var use: Use
    /// What goes wrong without it, in one sentence.
    package var reason: String

    /// What it should be, in words a table can show: `1`, or `2 or 0`.
    package var wanted: String { accepted.map { "\($0)" }.joined(separator: " or ") }

    /// True when what it is will do; what the kernel does not have cannot be wrong.
    package var isRight: Bool {
        guard let actual, !accepted.isEmpty else { return true }
        return Int(actual).map(accepted.contains) ?? false
    }

    /// A reading of these parts.
    package init(
        name: String,
        actual: String?,
        accepted: [Int],
        isNeeded: Bool,
        use: Use = .always,
        reason: String
    ) {
        self.name = name
        self.actual = actual
        self.accepted = accepted
        self.isNeeded = isNeeded
        self.use = use
        self.reason = reason
    }
}

extension Intent {
    /// When settings matter, for this director.
    package var settingUses: Set<SettingReading.Use> {
        let services = vips.flatMap(\.services)
        let hasSourceNAT = services.contains(where: \.hasSourceNAT)
        var uses: Set<SettingReading.Use> = [.always, hasSourceNAT ? .sourceNAT : .noSourceNAT]
        if services.contains(where: { $0.forwarding == .masquerade }) { uses.insert(.masquerading) }
        if services.contains(where: { $0.forwarding == .tunnel }) { uses.insert(.tunnelling) }
        if services.contains(where: { $0.id.transport == .sctp }) { uses.insert(.sctp) }
        let probed = vips.flatMap { vip in
            vip.selfCheck.map(\.service) + vip.services.filter(\.isProbedByPath)
        }
        for service in probed {
            uses.insert(.checkPaths)
            // IPv6 takes packets from an address of its own, whichever link they come by.
            if service.forwarding.keepsPort, service.vip?.family == .v4 {
                uses.insert(.directCheckPaths)
            }
        }
        return uses
    }

    /// Those of `readings` that matter for this director, each name once, wanting what the
    /// configuration says where it says anything.
    package func judged(_ readings: [SettingReading]) -> [SettingReading] {
        let uses = settingUses
        var names: Set<String> = []
        return readings.compactMap { reading in
            var reading = reading
            if let number = ipvs.sysctls[reading.name] {
                reading.accepted = [number]
                reading.reason = "the configuration wants it so (ipvs.sysctls)"
            } else if reading.accepted.isEmpty || !uses.contains(reading.use) {
                return nil
            }
            return names.insert(reading.name).inserted ? reading : nil
        }
    }
}
