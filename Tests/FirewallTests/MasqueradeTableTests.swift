import Firewall
import Net
import Netlink
import Synchronization
import Testing

/// A kernel with tables, chains and rules, at the level of messages; a transaction is all or
/// nothing.
private final class FakeTables: Sendable, TransactionalExchange {
    struct State {
        /// The messages that made what is there, by the name of their table.
        var tables: [String: [Message]] = [:]
        var refusal: NetlinkError?
        var interruptions = 0
        var transactions: [[UInt16]] = []
    }

    let state = Mutex(State())

    func request(_ message: Message) async throws(NetlinkError) -> [Message] {
        let result = state.withLock { state -> Result<[Message], NetlinkError> in
            if let refusal = state.refusal { return .failure(refusal) }
            let name = Self.table(of: message)
            let isMade: UInt16
            switch message.type {
            case NetfilterNumber.getTable:
                guard let messages = state.tables[name] else {
                    return .failure(.refused(.noEntry, words: ""))
                }
                return .success(Array(messages.prefix(1)))
            case NetfilterNumber.getChain: isMade = NetfilterNumber.newChain
            case NetfilterNumber.getRule: isMade = NetfilterNumber.newRule
            default: return .failure(.refused(.invalid, words: ""))
            }
            if state.interruptions > 0 {
                state.interruptions -= 1
                return .failure(.interrupted)
            }
            let shown = name.isEmpty ? Array(state.tables.values.joined()) : state.tables[name]
            return .success((shown ?? []).filter { $0.type == isMade })
        }
        return try result.get()
    }

    func transaction(_ messages: [Message], subsystem: UInt16) async throws(NetlinkError) {
        let result = state.withLock { state -> Result<Void, NetlinkError> in
            if let refusal = state.refusal { return .failure(refusal) }
            state.transactions.append(messages.map(\.type))
            var tables = state.tables
            for message in messages {
                let name = Self.table(of: message)
                switch message.type {
                case NetfilterNumber.newTable: tables[name] = tables[name] ?? [message]
                case NetfilterNumber.deleteTable: tables[name] = nil
                default: tables[name]?.append(message)
                }
            }
            state.tables = tables
            return .success(())
        }
        try result.get()
    }

    func batch(_ messages: [Message]) async throws(NetlinkError) -> [Errno?] {
        throw .malformed("nobody sends a batch to nfnetlink")
    }

    func family(named name: String) async throws(NetlinkError) -> UInt16 {
        throw .noFamily(name)
    }

    /// The first attribute of everything that is sent is the table's name.
    private static func table(of message: Message) -> String {
        var reader = AttributeReader(message.payload.dropFirst(4))
        return reader.next().map { reader.text($0) } ?? ""
    }
}

@Suite struct MasqueradeTableTests {
    private let web = Masquerade(IPAddress(v4: 0xcb00_710a), .tcp, 80)
    private let dns = Masquerade(IPAddress(v6: 0x2001_0db8_0113 << 80 | 0x10), .udp, 53)
    private let fake = FakeTables()
    private var table: MasqueradeTable { MasqueradeTable(over: fake) }
    private var transactions: [[UInt16]] { fake.state.withLock { $0.transactions } }

    @Test func isWrittenWholeAndOnlyWhenItDiffers() async throws {
        #expect(try await table.replace(with: []) == false)
        #expect(try await table.replace(with: [web, dns]))
        #expect(try await table.observe() == .whole([web, dns]))
        #expect(try await table.replace(with: [dns, web]) == false)
        #expect(try await table.replace(with: [dns]))
        #expect(try await table.observe() == .whole([dns]))
        #expect(try await table.replace(with: []))
        #expect(try await table.observe() == .absent)
        // Made, removed, made, a chain and its rules; then the same with fewer; then removed.
        #expect(
            transactions == [
                [0xa00, 0xa02, 0xa00, 0xa03, 0xa06, 0xa06],
                [0xa00, 0xa02, 0xa00, 0xa03, 0xa06], [0xa00, 0xa02],
            ]
        )
    }

    @Test func isReadAgainWhenItChangesUnderWayButNotForEver() async throws {
        #expect(try await table.replace(with: [web]))
        fake.state.withLock { $0.interruptions = 4 }
        #expect(try await table.observe() == .whole([web]))
        fake.state.withLock { $0.interruptions = 5 }
        await #expect(throws: FirewallError.self) { _ = try await table.observe() }
    }

    /// Everything that makes it another table than ours, by what is changed in its messages.
    @Test(
        arguments: [
            // The policy, from accept to drop; the flags, from none to dormant.
            (NetfilterNumber.newChain, NetfilterNumber.chainPolicy, [0, 0, 0, 0]),
            (NetfilterNumber.newTable, NetfilterNumber.tableFlags, [0, 0, 0, 1]),
            (NetfilterNumber.newChain, NetfilterNumber.chainType, Array("filter".utf8)),
            (NetfilterNumber.newChain, NetfilterNumber.chainName, Array("other".utf8)),
            (NetfilterNumber.newRule, NetfilterNumber.ruleExpressions, []),
        ] as [(UInt16, UInt16, [UInt8])]
    )
    func isNotTrustedWhenAltered(type: UInt16, attribute: UInt16, value: [UInt8]) async throws {
        #expect(try await table.replace(with: [web]))
        fake.state.withLock { state in
            state.tables["penstock"] = state.tables["penstock"]?.map { message in
                guard message.type == type else { return message }
                var writer = AttributeWriter(after: Array(message.payload.prefix(4)))
                var reader = AttributeReader(message.payload.dropFirst(4))
                while let seen = reader.next() {
                    writer.put(seen.type, seen.type == attribute ? value[...] : seen.value)
                }
                return Message(type: type, flags: message.flags, payload: writer.bytes)
            }
        }
        #expect(try await table.observe() == .altered)
        #expect(try await table.replace(with: [web]))
        #expect(try await table.observe() == .whole([web]))
    }

    @Test(arguments: [
        (NetlinkError.refused(.notPermitted, words: ""), "K340", "CAP_NET_ADMIN"),
        (.refused(.notSupported, words: ""), "K341", "modprobe nf_tables"),
        (.unavailable(.protocolNotSupported, attempted: "x"), "K341", "modprobe nf_tables"),
        (.timedOut(.seconds(5)), "K343", "tried again"),
    ])
    func saysWhatIsMissing(refusal: NetlinkError, code: String, fix: String) async throws {
        fake.state.withLock { $0.refusal = refusal }
        do throws(FirewallError) {
            _ = try await table.observe()
            Issue.record("seen in spite of \(refusal)")
        } catch {
            #expect(error.code == code)
            #expect(error.fix.contains(fix))
            #expect("\(error)".hasPrefix("cannot look at the table inet penstock ("))
        }
    }

    @Test func saysThatAStepOfARuleIsMissing() {
        let error = FirewallError(attempted: "x", reason: .refused(.noEntry, words: ""))
        #expect(error.code == "K342")
        #expect(error.fix.contains("nft_masq"))
    }
}
