import Firewall
import Net
import Netlink
import Testing

/// The table on a real kernel, where there is a network namespace to throw away:
/// `unshare --net swift test --filter FirewallTests`.
///
/// A namespace with nothing but a loopback and no table at all is one to throw away; anywhere else
/// nothing is touched.
@Suite(.serialized) struct RealKernelTests {
    private static func mayChangeTables() async -> Bool {
        do {
            let links = try await NetlinkChannel(.route).request(
                Message(
                    type: RouteNumber.getLink,
                    flags: RequestFlag.dump,
                    payload: [UInt8](repeating: 0, count: 16)
                )
            )
            let tables = try await NetlinkChannel(.netfilter).request(
                Message(
                    type: NetfilterNumber.getTable,
                    flags: RequestFlag.dump,
                    payload: [0, 0, 0, 0]
                )
            )
            guard links.count == 1, tables.isEmpty else { return false }
            // Without the privilege, or a step of the rules, there is nothing to see here.
            let table = MasqueradeTable.live()
            _ = try await table.replace(with: [Masquerade(IPAddress(v4: 1), .tcp, 1)])
            return try await table.replace(with: [])
        } catch {
            return false
        }
    }

    private let channel = NetlinkChannel(.netfilter)
    private let web = Masquerade(IPAddress(v4: 0xcb00_710a), .tcp, 80)
    private let dns = Masquerade(IPAddress(v6: 0x2001_0db8_0113 << 80 | 0x10), .udp, 53)
    private let sctp = Masquerade(IPAddress(v4: 0xcb00_710b), .sctp, 65_535)

    @Test(.enabled("in a network namespace to throw away") { await mayChangeTables() })
    func writesReadsAndRemovesItsTableOnly() async throws {
        let table = MasqueradeTable(over: channel)
        try await makeForeignTable()
        let foreign = try await dump(NetfilterNumber.getTable).map(\.withoutGeneration)
        #expect(try await table.observe() == .absent)
        #expect(try await table.replace(with: []) == false)
        #expect(try await table.replace(with: [web, dns, sctp]))
        #expect(try await table.observe() == .whole([web, dns, sctp]))
        #expect(try await dump(NetfilterNumber.getTable).count == foreign.count + 1)
        // What is right is not written.
        #expect(try await table.replace(with: [web, dns, sctp]) == false)
        #expect(try await table.replace(with: [dns]))
        #expect(try await table.observe() == .whole([dns]))
        // More than a page of rules, in one transaction.
        let many = Set((0..<2000).map { Masquerade(IPAddress(v4: 0xc612_0000 + $0), .tcp, 443) })
        #expect(try await table.replace(with: many))
        #expect(try await table.observe() == .whole(many))
        #expect(try await table.replace(with: []))
        #expect(try await table.observe() == .absent)
        let left = try await dump(NetfilterNumber.getTable).map(\.withoutGeneration)
        #expect(left == foreign)
    }

    @Test(.enabled("in a network namespace to throw away") { await mayChangeTables() })
    func carriesOutAllOrNothing() async throws {
        let table = MasqueradeTable(over: channel)
        #expect(try await table.replace(with: [web]))
        // A second table, and in the same transaction a chain in one that does not exist.
        let good = tableMessage("penstock-test-2", NetfilterNumber.newTable)
        let bad = tableMessage("no-such-table", NetfilterNumber.deleteTable)
        for messages in [[good, bad], [bad, good]] {
            do throws(NetlinkError) {
                try await channel.transaction(messages, subsystem: NetfilterNumber.tables)
                Issue.record("half of a transaction went through")
            } catch {
                guard case .refused(.noEntry, _) = error else {
                    Issue.record("\(error)")
                    continue
                }
            }
        }
        // The channel is as good as before, and the table too.
        #expect(try await table.observe() == .whole([web]))
        #expect(try await table.replace(with: []))
    }

    @Test(.enabled("in a network namespace to throw away") { await mayChangeTables() })
    func doesNotTrustATableThatWasAltered() async throws {
        let table = MasqueradeTable(over: channel)
        #expect(try await table.replace(with: [web]))
        // The same rule once more, as if somebody had copied it.
        let rules = try await dump(NetfilterNumber.getRule)
        let rule = try #require(rules.first)
        // NLM_F_CREATE and NLM_F_APPEND.
        let copy = Message(type: rule.type, flags: 0xc00, payload: withoutHandles(rule.payload))
        try await channel.transaction([copy], subsystem: NetfilterNumber.tables)
        #expect(try await table.observe() == .altered)
        #expect(try await table.replace(with: [web]))
        #expect(try await table.observe() == .whole([web]))
        #expect(try await table.replace(with: []))
    }

    private func makeForeignTable() async throws {
        let message = tableMessage("penstock-test", NetfilterNumber.newTable)
        try await channel.transaction([message], subsystem: NetfilterNumber.tables)
    }

    private func tableMessage(_ name: String, _ type: UInt16) -> Message {
        var writer = AttributeWriter(after: [NetfilterNumber.inet, 0, 0, 0])
        writer.put(NetfilterNumber.tableName, name)
        return Message(type: type, flags: RequestFlag.create, payload: writer.bytes)
    }

    private func dump(_ type: UInt16) async throws -> [Message] {
        try await channel.request(
            Message(type: type, flags: RequestFlag.dump, payload: [0, 0, 0, 0])
        )
    }

    /// A rule's table, chain and expressions: the rest is for the kernel to give.
    private func withoutHandles(_ payload: [UInt8]) -> [UInt8] {
        var writer = AttributeWriter(after: [NetfilterNumber.inet, 0, 0, 0])
        var reader = AttributeReader(payload.dropFirst(4))
        while let attribute = reader.next() {
            let kept = [
                NetfilterNumber.ruleTable, NetfilterNumber.ruleChain,
                NetfilterNumber.ruleExpressions,
            ]
            if kept.contains(attribute.type) { writer.put(attribute.type, attribute.value) }
        }
        return writer.bytes
    }
}

extension Message {
    /// What it says without the number of the generation, which every transaction raises.
    fileprivate var withoutGeneration: [UInt8] { Array(payload.dropFirst(4)) }
}
