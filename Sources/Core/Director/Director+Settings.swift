// Kernel settings: what matters for this director, and what `explain` says of it.

extension Director {
    /// The settings that matter, as they were last seen.
    var settings: [SettingReading] { intent.judged(link.settings) }

    /// The gate of the settings: a line for each that is wrong, or one that says that none is.
    var settingsGates: [GateStatus] {
        let name = "settings"
        guard intent.ipvs.settings != .ignore else {
            return [GateStatus(name: name, standing: .none, text: "ipvs.sysctl: ignore")]
        }
        switch scene.link {
        case .unseen:
            return [GateStatus(name: name, standing: .none, text: "\(Reason.unseen(.link))")]
        case .blind(let fault):
            return [GateStatus(name: name, standing: .none, text: "\(Reason.blind(.link, fault))")]
        case .seen: break
        }
        let wrong = settings.filter { !$0.isRight }
        guard !wrong.isEmpty else {
            return [GateStatus(name: name, standing: .open, text: "kernel settings in force")]
        }
        return wrong.map { setting in
            GateStatus(
                name: name,
                // Advice closes nothing.
                standing: setting.isNeeded ? .closed : .none,
                text: "\(setting.name) is \(setting.actual ?? "absent"), should be "
                    + "\(setting.wanted): \(setting.reason)"
            )
        }
    }
}
