import Core
import Firewall
import Logging
import Net
import Synchronization

/// The link plane's view of our table of nf_tables.
///
/// A director without a service that translates sources never touches nf_tables: a mere question
/// makes the kernel load its module. So the table is looked at where the module is at work
/// already, and from the first time that it is needed.
final class MasqueradeSight: Sendable {
    private struct State {
        /// Whether this director has ever been asked to masquerade anything.
        var isNeeded = false
        /// What was said last of a failed look, so that it is said once.
        var told: String?
    }

    private let table: MasqueradeTable
    private let isLoaded: @Sendable () -> Bool
    private let logger: Logger
    private let state = Mutex(State())

    /// A view of `table`, where `isLoaded` says that the kernel has nf_tables at work.
    init(_ table: MasqueradeTable, isLoaded: @escaping @Sendable () -> Bool, logger: Logger) {
        self.table = table
        self.isLoaded = isLoaded
        self.logger = logger
    }

    /// The services that are masqueraded; `nil` when that cannot be seen.
    func observe() async -> Set<ServiceKey>? {
        guard state.withLock({ $0.isNeeded }) || isLoaded() else { return [] }
        do throws(FirewallError) {
            let sight = try await table.observe()
            state.withLock { $0.told = nil }
            return Set(sight.masquerades.map { ServiceKey($0) })
        } catch {
            let text = "\(error)"
            let isNews = state.withLock { state in
                defer { state.told = text }
                return state.told != text
            }
            if isNews {
                logger.warning("masquerades cannot be seen", metadata: ["reason": "\(text)"])
            }
            return nil
        }
    }

    /// Carries out those of `changes` that are about masquerades, by their places in it.
    func apply(_ changes: [Change]) async -> [(Int, Result<Void, Fault>)] {
        var places: [Int] = []
        var added: Set<Masquerade> = []
        var removed: Set<Masquerade> = []
        for (index, change) in changes.enumerated() {
            switch change {
            case .masquerade(let key): added.insert(Masquerade(key))
            case .unmasquerade(let key): removed.insert(Masquerade(key))
            default: continue
            }
            places.append(index)
        }
        guard !places.isEmpty else { return [] }
        state.withLock { $0.isNeeded = true }
        do throws(FirewallError) {
            // From what is there: changes of other services may be held back in this round.
            let before = try await table.observe().masquerades
            let after = before.subtracting(removed).union(added)
            if try await table.replace(with: after) {
                logger.info("masquerades written", metadata: ["count": "\(after.count)"])
            }
            return places.map { ($0, .success(())) }
        } catch {
            let fault = Fault(
                code: error.code,
                summary: "cannot \(error.attempted)",
                because: error.because,
                fix: error.fix
            )
            return places.map { ($0, .failure(fault)) }
        }
    }
}

extension Masquerade {
    /// What clients of this service connect to.
    init(_ key: ServiceKey) { self.init(key.address, key.id.transport, key.id.port) }
}

extension ServiceKey {
    /// The service whose packets these are.
    init(_ masquerade: Masquerade) {
        self.init(masquerade.address, ServiceID(masquerade.transport, masquerade.port))
    }
}
