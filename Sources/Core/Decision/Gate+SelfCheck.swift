import Net

// The last look before a VIP is announced: does it serve, by the way that traffic takes?

extension Gate {
    /// Why a VIP that everything else speaks for is not announced yet; `nil` when it may be.
    ///
    /// It holds up what is not announced and never ends what is: one probe at a time sees one
    /// server at a time, and whether enough of them live is what their own checks say.
    func unproven(_ vip: VIP) -> Reason? {
        guard vip.hasSelfCheck, !sight.slice.announced else { return nil }
        var failed: [Name] = []
        var waiting: [Name] = []
        let asked = vip.selfCheck
        for (service, target) in asked {
            switch isUp(target) {
            case true?: continue
            case false?: failed.append(service.name)
            case nil: waiting.append(service.name)
            }
        }
        let isProven =
            switch vip.condition {
            case .allServices: failed.isEmpty && waiting.isEmpty
            case .anyService: failed.count + waiting.count < asked.count
            }
        return isProven ? nil : .selfCheck(failed: failed, waiting: waiting)
    }
}
