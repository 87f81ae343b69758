internal import API
internal import Core
internal import Daemon
internal import Logging

// Drains of the director and of its VIPs.

extension Office {
    /// Carries out what an operator wants of the director, or of VIPs: all of it, or nothing.
    func drain(_ wish: DrainRequest) async throws(Refusal) {
        if wish.mode != nil, !wish.isLastPathWaived { try await spareLastPath(of: wish.scopes) }
        let latest = duty.latest
        let all = wish.scopes.map { scope in
            self.command(for: wish, of: scope, at: (latest.director, latest.now))
        }
        let command = all.count == 1 ? all[0] : Command.several(all)
        if let fault = latest.director.objection(to: command) { throw Refusal(.conflict, fault) }
        guard !wish.isTransient else {
            // Nothing to write: it ends with this process.
            try ask(command)
            await settle { director in
                (director.nodeDrains[.stop] != nil) == (wish.mode != nil)
            }
            return
        }
        let serial: Int?
        do {
            serial = try ledger.keep(command, configured: latest.director.intent.vips) {
                duty.ask(command)
            }
        } catch {
            throw Refusal(error.code == "D431" ? .conflict : .failed, error)
        }
        guard let serial else { throw .tooManyWaiting }
        await settle { $0.overrides.serial >= serial }
    }

    /// How long an order to drain waits for a look at bgpd: with ten thousand VIPs one takes a
    /// second, and one that hangs is not waited for by somebody at a terminal.
    private static let lookPatience: Duration = .seconds(4)

    /// Refuses a drain that would take the last known path to a VIP away.
    ///
    /// What is known may be as old as `bgp.verify-every`, and what a glance does not show older, so
    /// bgpd is looked at anew, whichever way it goes.
    private func spareLastPath(of scopes: [DrainScope]) async throws(Refusal) {
        guard duty.latest.director.intent.drain.lastPath == .ask else { return }
        let before = snapshot
        // What was never seen may be announced all the same.
        guard
            before.frr.visibility.state != "seen"
                || !LastPath.announced(scopes, in: before).isEmpty
        else { return }
        let isFresh = await duty.lookAgainAtRoutes(of: scopes, within: Self.lookPatience)
        let last = LastPath(takenByDrainOf: scopes, in: snapshot, isFresh: isFresh)
        guard last.vips.isEmpty else { throw last.refusal }
        guard let doubt = last.doubt else { return }
        logger.warning(
            "bgpd could not be looked at before this drain; going by what it last showed",
            metadata: ["reason": "\(doubt)"]
        )
    }

    private func command(
        for wish: DrainRequest,
        of scope: DrainScope,
        at latest: (director: Director, now: Moment)
    ) -> Command {
        let source: DrainSource = wish.isTransient ? .stop : .command
        guard let mode = wish.mode else { return .undrain(scope, source: source) }
        let civilNow = Timestamp.current
        let mandate = Mandate(
            by: wish.by,
            reason: wish.reason,
            since: civilNow,
            until: wish.term.map { civilNow + $0 },
            civilNow: civilNow,
            now: latest.now
        )
        let vip = latest.director.intent.vips.first { scope == .vip($0.address) }
        return .drain(
            DrainOrder(
                scope,
                DrainWish(
                    mode,
                    mandate,
                    isLastPathWaived: wish.isLastPathWaived,
                    vip: vip?.name.text
                ),
                source: source
            )
        )
    }
}
