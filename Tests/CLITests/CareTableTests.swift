import Core
import IPVS
import Net
import Netlink
import Synchronization
import Testing
import penstock

/// A kernel with one service at most, which counts what is written.
private final class OneService: Sendable {
    struct State {
        var entry: IPVS.Table.Entry?
        var writes: [IPVS.Operation] = []
    }

    let state = Mutex(State())

    /// A client of this kernel.
    var client: Client {
        Client(
            over: ScriptedKernel(families: [IPVSFamily.name: 32]) {
                (message) throws(NetlinkError) in
                try self.answer(try Request(decoding: message)).map { $0.message(family: 32) }
            }
        )
    }

    private func answer(_ request: Request) throws(NetlinkError) -> [Reply] {
        try state.withLock { (state) throws(NetlinkError) in
            switch request {
            case .service:
                guard let entry = state.entry else { throw .refused(.noProcess, words: "") }
                return [.service(entry.service)]
            case .destinations: return (state.entry?.destinations ?? []).map { .destination($0) }
            case .change(let operation):
                state.writes.append(operation)
                Self.carryOut(operation, on: &state.entry)
                return []
            default: throw .refused(.notSupported, words: "")
            }
        }
    }

    private static func carryOut(
        _ operation: IPVS.Operation,
        on entry: inout IPVS.Table.Entry?
    ) {
        func position(_ endpoint: Endpoint) -> Int? {
            entry?.destinations.firstIndex { $0.destination.endpoint == endpoint }
        }
        switch operation {
        case .newService(let service):
            entry = IPVS.Table.Entry(ObservedService(service, Statistics()), [])
        case .updateService(let service): entry?.service.service = service
        case .deleteService: entry = nil
        case .newDestination(let destination, _):
            let seen = ObservedDestination(destination, Connections(), Statistics())
            entry?.destinations.insert(seen, at: 0)
        case .updateDestination(let destination, _):
            if let place = position(destination.endpoint) {
                entry?.destinations[place].destination = destination
            }
        case .deleteDestination(let endpoint, _):
            if let place = position(endpoint) { entry?.destinations.remove(at: place) }
        default: Issue.record("care never does this: \(operation)")
        }
    }

    var writes: Int { state.withLock { $0.writes.count } }
}

/// The table is brought to where it should be, in as many passes as it takes, and left there.
@Suite struct CareTableTests {
    private func caretaker(_ code: Outcome.Code) -> Caretaker {
        var caretaker = CaretakerTests.caretaker(judged: nil)
        _ = caretaker.probed(CaretakerTests.server(1).endpoint, Outcome(code), now: .zero)
        return caretaker
    }

    @Test func settlesAndThenWritesNothing() async throws {
        let kernel = OneService()
        let table = CareTable(kernel.client)
        let done = try await table.settle(caretaker(.l4ok), now: .zero)
        #expect(done.count == 2)
        #expect(done.allSatisfy { $0.failure == nil })
        #expect(kernel.writes == 2)
        // Another run with the same options adopts what it finds.
        let again = try await CareTable(kernel.client).settle(caretaker(.l4ok), now: .zero)
        #expect(again.isEmpty)
        #expect(kernel.writes == 2)
    }

    @Test func takesAFailedServerWithoutConnectionsOutInOneGo() async throws {
        let kernel = OneService()
        let table = CareTable(kernel.client)
        _ = try await table.settle(caretaker(.l4ok), now: .zero)
        _ = try await table.settle(caretaker(.l4connection), now: .zero)
        #expect(kernel.state.withLock { $0.entry?.destinations.isEmpty } == true)
        _ = try await table.settle(caretaker(.l4ok), now: .zero)
        #expect(kernel.state.withLock { $0.entry?.destinations.count } == 1)
    }

    @Test func cleansUpAndThenFindsNothing() async throws {
        let kernel = OneService()
        let table = CareTable(kernel.client)
        _ = try await table.settle(caretaker(.l4ok), now: .zero)
        #expect(try await table.clean(caretaker(.l4ok)).count == 1)
        #expect(try await table.look(CaretakerTests.identity) == nil)
        #expect(try await table.clean(caretaker(.l4ok)).isEmpty)
    }
}
