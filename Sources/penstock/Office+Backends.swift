internal import API
internal import Core
internal import Daemon
internal import Foundation

// Orders about real servers.

extension Office {
    /// How long an answer waits for the director to take an order in, so that whoever looks next
    /// sees it: ten times what the picture needs to be renewed.
    private static let patience: Duration = .seconds(1)

    /// Carries out what an operator wants of a real server; answers with what is to be known
    /// beside.
    func change(_ wish: BackendWish) async throws(Refusal) -> [String] {
        let latest = duty.latest
        let order: BackendOrder
        do {
            order = try self.order(wish, latest.director, latest.now)
        } catch {
            throw Refusal(.conflict, error)
        }
        let notes = latest.director.consequences(of: order, at: latest.now)
        let serial: Int?
        do {
            serial = try ledger.keep(.order(order), configured: latest.director.intent.vips) {
                duty.ask(.order(order))
            }
        } catch {
            throw Refusal(error.code == "D431" ? .conflict : .failed, error)
        }
        guard let serial else { throw .tooManyWaiting }
        await settle { $0.overrides.serial >= serial }
        return notes
    }

    private func order(
        _ wish: BackendWish,
        _ director: Director,
        _ now: Moment
    ) throws(Fault) -> BackendOrder {
        let civilNow = Timestamp.current
        let mandate = Mandate(
            by: wish.by,
            reason: wish.reason,
            since: civilNow,
            until: wish.term.map { civilNow + $0 },
            civilNow: civilNow,
            now: now
        )
        switch wish.change {
        case .state(let state?): return .state(wish.key, Ruling(state, mandate))
        case .state(nil): return .stateAsConfigured(wish.key)
        case .weight(let weight?): return .weight(wish.key, Ruling(weight, mandate))
        case .weight(nil): return .weightAsConfigured(wish.key)
        case .handOver(let to, let over):
            return .handOver(
                try director.handover(
                    in: wish.key.service,
                    from: wish.key.endpoint,
                    to: to,
                    over: over,
                    mandate: mandate,
                    at: now
                )
            )
        }
    }

    /// Waits until the picture that is shown is one in which `isTaken`.
    func settle(_ isTaken: (borrowing Director) -> Bool) async {
        let deadline = ContinuousClock.now + Self.patience
        while !isTaken(duty.latest.director), ContinuousClock.now < deadline {
            do {
                try await Task.sleep(for: .milliseconds(20))
            } catch {
                return
            }
        }
    }
}
