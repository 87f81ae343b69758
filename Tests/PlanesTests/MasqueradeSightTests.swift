import Core
import Firewall
import Link
import Logging
import Net
import Netlink
import Synchronization
import Testing

@testable import Planes

/// A table of nf_tables that is only ever written whole, as far as the plane can tell.
private final class PlayedTables: TransactionalExchange {
    struct State {
        var table: [Message] = []
        var transactions = 0
        var questions = 0
        var refusal: Errno?
    }

    let state = Mutex(State())

    func request(_ message: Message) async throws(NetlinkError) -> [Message] {
        let result = state.withLock { state -> Result<[Message], NetlinkError> in
            state.questions += 1
            if let refusal = state.refusal { return .failure(.refused(refusal, words: "")) }
            guard message.type != NetfilterNumber.getTable || !state.table.isEmpty else {
                return .failure(.refused(.noEntry, words: ""))
            }
            // What makes a thing and what tells of it have the same number.
            let made = [
                NetfilterNumber.getTable: NetfilterNumber.newTable,
                NetfilterNumber.getChain: NetfilterNumber.newChain,
                NetfilterNumber.getRule: NetfilterNumber.newRule,
            ]
            return .success(state.table.filter { $0.type == made[message.type] })
        }
        return try result.get()
    }

    func transaction(_ messages: [Message], subsystem: UInt16) async throws(NetlinkError) {
        let refusal = state.withLock { state -> Errno? in
            if let refusal = state.refusal { return refusal }
            state.transactions += 1
            // Behind the removal is all that there is afterwards.
            let kept = messages.lastIndex { $0.type == NetfilterNumber.deleteTable }
            state.table = Array(messages[((kept ?? -1) + 1)...])
            return nil
        }
        if let refusal { throw .refused(refusal, words: "") }
    }

    func batch(_ messages: [Message]) async throws(NetlinkError) -> [Errno?] { [] }
    func family(named name: String) async throws(NetlinkError) -> UInt16 { 0 }
}

@Suite struct MasqueradeSightTests {
    private let web = ServiceKey(IPAddress(v4: 0xcb00_710a), ServiceID(.tcp, 80))
    private let dns = ServiceKey(IPAddress(v6: 0x2001_0db8 << 96 | 1), ServiceID(.udp, 53))
    private let played = PlayedTables()

    private func sight(isLoaded: Bool = false) -> MasqueradeSight {
        MasqueradeSight(
            MasqueradeTable(over: played),
            isLoaded: { isLoaded },
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        )
    }

    private func isGood(_ results: [(Int, Result<Void, Fault>)]) -> Bool {
        results.allSatisfy { if case .success = $0.1 { true } else { false } }
    }

    /// A question alone would make the kernel load its module.
    @Test func asksNothingWhereNothingIsMasqueraded() async {
        let sight = sight()
        #expect(await sight.observe() == [])
        #expect(await sight.apply([.bind(web.address), .set("x", to: 1)]).isEmpty)
        #expect(played.state.withLock { $0.questions } == 0)
        #expect(await self.sight(isLoaded: true).observe() == [])
        #expect(played.state.withLock { $0.questions } == 1)
    }

    @Test func writesWhatIsAskedOfItAndSeesItThen() async {
        let sight = sight()
        var results = await sight.apply([.bind(web.address), .masquerade(web), .masquerade(dns)])
        #expect(results.map(\.0) == [1, 2] && isGood(results))
        #expect(await sight.observe() == [web, dns])
        // One transaction for both, and none for what is so already.
        results = await sight.apply([.masquerade(web)])
        #expect(isGood(results) && played.state.withLock { $0.transactions } == 1)
        results = await sight.apply([.unmasquerade(dns)])
        #expect(isGood(results))
        #expect(await sight.observe() == [web])
        results = await sight.apply([.unmasquerade(web)])
        #expect(isGood(results) && played.state.withLock { $0.table.isEmpty })
        #expect(await sight.observe() == [])
    }

    @Test func whatCannotBeSeenIsNotNothing() async {
        let sight = sight()
        _ = await sight.apply([.masquerade(web)])
        played.state.withLock { $0.refusal = .notPermitted }
        #expect(await sight.observe() == nil)
        let results = await sight.apply([.unmasquerade(web)])
        guard case .failure(let fault)? = results.first?.1 else {
            Issue.record("written without permission")
            return
        }
        #expect(fault.code == "K340" && fault.fix.contains("CAP_NET_ADMIN"))
    }

    /// Every setting that the configuration may name is one that the plane reads.
    @Test func everySettingOfTheConfigurationIsRead() {
        let read = Set(LinkPlane.Surroundings().settings([]).map(\.name))
        #expect(Set(IPVSPolicy.sysctlRanges.keys).isSubset(of: read))
    }
}
