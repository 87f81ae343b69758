import IPVS
import Net
import Netlink
import Synchronization

/// A kernel with a table of services, that answers as the real one does.
///
/// It speaks in messages, so that what the client sends is decoded and judged, and it keeps what
/// was asked of it. Its mistakes can be chosen.
final class FakeIPVS: Exchange {
    /// What a test may look at and change.
    struct State {
        /// The id of the family; 0 while the module is not there.
        var family: UInt16 = 32
        /// The table, in the order of the dump.
        var table = Table()
        /// The sync daemons that run.
        var daemons: [SyncDaemon] = []
        /// The schedulers that can be loaded.
        var schedulers: Set<Scheduler> = [.none, .maglev, .roundRobin]
        /// How many times the id was looked up.
        var lookUps = 0
        /// How many operations came together, batch by batch.
        var batches: [Int] = []
        /// Everything that was asked, in order.
        var requests: [Request] = []
        /// Called before each exchange; what it throws is what the exchange throws.
        var fault: (@Sendable (inout State) throws(NetlinkError) -> Void)?
    }

    private let state = Mutex(State())

    /// Looks at or changes the kernel behind the client's back.
    func with<Value: Sendable>(_ body: (inout State) -> sending Value) -> Value {
        state.withLock { body(&$0) }
    }

    func request(_ message: Message) async throws(NetlinkError) -> [Message] {
        try state.withLock { (state) throws(NetlinkError) in
            try state.injectFault()
            return try state.answer(message)
        }
    }

    func batch(_ messages: [Message]) async throws(NetlinkError) -> [Errno?] {
        try state.withLock { (state) throws(NetlinkError) in
            try state.injectFault()
            state.batches.append(messages.count)
            var results: [Errno?] = []
            for message in messages {
                do throws(NetlinkError) {
                    _ = try state.answer(message)
                    results.append(nil)
                } catch {
                    guard case .refused(let errno, _) = error else { throw error }
                    results.append(errno)
                }
            }
            return results
        }
    }

    func family(named name: String) async throws(NetlinkError) -> UInt16 {
        try state.withLock { (state) throws(NetlinkError) in
            state.lookUps += 1
            guard name == IPVSFamily.name, state.family != 0 else { throw .noFamily(name) }
            return state.family
        }
    }
}

extension FakeIPVS.State {
    fileprivate mutating func injectFault() throws(NetlinkError) {
        if let fault { try fault(&self) }
    }

    fileprivate mutating func answer(_ message: Message) throws(NetlinkError) -> [Message] {
        // No family has this id: the module was loaded again, or is gone.
        guard message.type == family else { throw .refused(.noEntry, words: "") }
        let request = try Request(decoding: message)
        requests.append(request)
        return try replies(to: request).map { $0.message(family: family) }
    }

    private mutating func replies(to request: Request) throws(NetlinkError) -> [Reply] {
        switch request {
        case .services: return table.entries.map { .service($0.service) }
        case .service(let identity): return [.service(table.entries[try index(identity)].service)]
        case .destinations(let identity):
            // No such service is no error here, as in the real kernel.
            guard let index = position(identity) else { return [] }
            return table.entries[index].destinations.map { .destination($0) }
        case .info: return [.info(Info(version: 0x010201, connectionTableSize: 4096))]
        case .timeouts: return [.timeouts(Timeouts(tcp: 900, tcpFin: 120, udp: 300))]
        case .daemons: return daemons.map { .daemon($0) }
        case .change(let operation):
            try carryOut(operation)
            return []
        }
    }

    private mutating func carryOut(_ operation: IPVS.Operation) throws(NetlinkError) {
        switch operation {
        case .newService(let service):
            guard position(service.identity) == nil else { throw .refused(.exists, words: "") }
            try find(service.scheduler)
            table.entries.append(Table.Entry(ObservedService(service, Statistics()), []))
        case .updateService(let service):
            let index = try index(service.identity)
            try find(service.scheduler)
            table.entries[index].service.service = service
        case .deleteService(let identity): table.entries.remove(at: try index(identity))
        case .newDestination(let destination, let identity):
            let index = try index(identity)
            guard self.index(destination.endpoint, in: index) == nil else {
                throw .refused(.exists, words: "")
            }
            let seen = ObservedDestination(destination, Connections(), Statistics())
            table.entries[index].destinations.insert(seen, at: 0)
        case .updateDestination(let destination, let identity):
            let index = try index(identity)
            guard let place = self.index(destination.endpoint, in: index) else {
                throw .refused(.noEntry, words: "")
            }
            table.entries[index].destinations[place].destination = destination
        case .deleteDestination(let endpoint, let identity):
            let index = try index(identity)
            guard let place = self.index(endpoint, in: index) else {
                throw .refused(.noEntry, words: "")
            }
            table.entries[index].destinations.remove(at: place)
        case .zero(let identity): if let identity { _ = try index(identity) }
        case .setTimeouts: break
        case .flush: table.entries = []
        case .startDaemon(let daemon):
            guard !daemons.contains(where: { $0.role == daemon.role }) else {
                throw .refused(.exists, words: "")
            }
            daemons.append(daemon)
        case .stopDaemon(let role):
            guard let index = daemons.firstIndex(where: { $0.role == role }) else {
                throw .refused(.noProcess, words: "")
            }
            daemons.remove(at: index)
        }
    }

    private func find(_ scheduler: Scheduler) throws(NetlinkError) {
        guard schedulers.contains(scheduler) else { throw .refused(.noEntry, words: "") }
    }

    private func position(_ identity: ServiceIdentity) -> Int? {
        table.entries.firstIndex { $0.service.service.identity == identity }
    }

    private func index(_ identity: ServiceIdentity) throws(NetlinkError) -> Int {
        guard let index = position(identity) else { throw .refused(.noProcess, words: "") }
        return index
    }

    private func index(_ endpoint: Endpoint, in service: Int) -> Int? {
        table.entries[service].destinations.firstIndex { $0.destination.endpoint == endpoint }
    }
}
