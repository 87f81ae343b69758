import Net

// Checks by way of IPVS, and the self-checks of VIPs, as people see them.

extension Director {
    /// How the ways of the checks of `service` through IPVS stand; `nil` where no check has one.
    func pathGate(_ service: VirtualService) -> GateStatus? {
        let wanted = Set(
            service.backends.filter { $0.admin != .maint }.flatMap { backend in
                service.checks.compactMap { service.target(of: $0.check, for: backend).path }
            }
        )
        guard !wanted.isEmpty else { return nil }
        let laid = wanted.count { probePaths.isOpen($0) }
        var text =
            "\(service.name.text): \(laid) of \(wanted.count) servers are checked through "
            + "the VIP"
        if laid < wanted.count {
            text += "; the others have no path in IPVS, and nothing is said of them"
            if let fault = probePaths.fault { text += " (\(fault))" }
        }
        return GateStatus(name: "check paths", standing: .none, text: text)
    }

    /// What the self-check of a VIP says, service by service.
    func selfCheckGates(_ vip: VIP, isAnnounced: Bool) -> [GateStatus] {
        vip.selfCheck.map { service, target in
            let machine = health[target]
            let standing: GateStatus.Standing =
                switch machine?.isUp {
                case true?: .open
                // What stands is not taken back for it.
                case false?, nil: isAnnounced ? .none : .closed
                }
            return GateStatus(
                name: "self-check",
                standing: standing,
                text: "\(service.id) at \(vip.address): \(machine?.progress ?? "not asked yet")"
            )
        }
    }

    /// The ways of checks in the picture; `nil` where there are none and nothing is in their place.
    var checkPathsStatus: CheckPathsStatus? {
        guard probePaths.count > 0 || !probePaths.seen.isEmpty || !probePaths.strangers.isEmpty
        else { return nil }
        let range = probePaths.range
        return CheckPathsStatus(
            wanted: probePaths.count,
            inTable: probePaths.seen.count,
            marks: "0x\(String(range.first, radix: 16))-0x\(String(range.last, radix: 16))",
            fault: probePaths.fault,
            strangers: probePaths.strangers.prefix(IPVSStatus.mostForeign).map { "\($0)" }
        )
    }

    /// What is wrong with the ways of checks, as warnings.
    var pathWarnings: [WarningStatus] {
        var warnings: [WarningStatus] = []
        if let fault = probePaths.fault { warnings.append(WarningStatus(fault)) }
        if let first = probePaths.strangers.first, probePaths.count > 0 {
            warnings.append(WarningStatus(.strangeMark(first, count: probePaths.strangers.count)))
        }
        return warnings
    }
}

extension HealthMachine {
    /// The opinion with the streak that may change it, and the last result.
    fileprivate var progress: String {
        guard let last else { return label }
        return "\(label): \(last) in \(Int((last.duration.seconds * 1000).rounded())) ms"
    }
}

extension Fault {
    /// Somebody else's service has a mark of ours.
    fileprivate static func strangeMark(_ key: MarkKey, count: Int) -> Fault {
        Fault(
            code: "K330",
            summary:
                "an IPVS service with \(key) is not penstock's and lies among the marks of checks",
            because: count > 1 ? "and \(count - 1) more" : "",
            fix: "give it a mark outside of them, or set ipvs.check-marks"
        )
    }
}
