internal import API
internal import Core
internal import Daemon

// Drains of the director and of its VIPs.

extension Office {
    /// Carries out what an operator wants of the director, or of one VIP.
    func drain(_ wish: DrainRequest) async throws(Refusal) {
        let latest = duty.latest
        if wish.mode != nil, !wish.isLastPathWaived {
            let lost = LastPath.vips(lostBy: wish.scope, in: snapshot)
            guard lost.isEmpty else { throw LastPath.refusal(lost) }
        }
        let command = command(for: wish, at: latest.now)
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

    private func command(for wish: DrainRequest, at now: Moment) -> Command {
        let source: DrainSource = wish.isTransient ? .stop : .command
        guard let mode = wish.mode else { return .undrain(wish.scope, source: source) }
        let civilNow = Timestamp.current
        let mandate = Mandate(
            by: wish.by,
            reason: wish.reason,
            since: civilNow,
            until: wish.term.map { civilNow + $0 },
            civilNow: civilNow,
            now: now
        )
        return .drain(
            DrainOrder(
                wish.scope,
                DrainWish(mode, mandate),
                source: source,
                isLastPathWaived: wish.isLastPathWaived
            )
        )
    }
}
