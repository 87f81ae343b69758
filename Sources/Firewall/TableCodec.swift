import Net
import Netlink

/// The messages of our table, and what the kernel's own say of it.
///
/// The numbers in attributes are in network byte order, unlike anywhere else in netlink.
enum TableCodec {
    /// `nft list table inet penstock` shows it.
    static let table = "penstock"
    static let chain = "postrouting"
    /// The kind of chain in which addresses are translated, once for each connection.
    static let chainType = "nat"

    /// `struct nfgenmsg`: family, version, two bytes of no meaning here.
    static let header: [UInt8] = [NetfilterNumber.inet, 0, 0, 0]

    // MARK: What is asked

    static func getTable() -> Message {
        var writer = AttributeWriter(after: header)
        writer.put(NetfilterNumber.tableName, table)
        return Message(type: NetfilterNumber.getTable, payload: writer.bytes)
    }

    /// Asks for all chains of both families' tables; the kernel filters by family only.
    static func getChains() -> Message {
        Message(type: NetfilterNumber.getChain, flags: RequestFlag.dump, payload: header)
    }

    static func getRules() -> Message {
        var writer = AttributeWriter(after: header)
        writer.put(NetfilterNumber.ruleTable, table)
        return Message(
            type: NetfilterNumber.getRule,
            flags: RequestFlag.dump,
            payload: writer.bytes
        )
    }

    // MARK: What is changed

    /// Makes the table; one that is there is left as it is.
    static func newTable() -> Message {
        var writer = AttributeWriter(after: header)
        writer.put(NetfilterNumber.tableName, table)
        writer.putNetworkOrder(NetfilterNumber.tableFlags, UInt32(0))
        return Message(
            type: NetfilterNumber.newTable,
            flags: RequestFlag.create,
            payload: writer.bytes
        )
    }

    /// Removes the table with all that is in it; refused with ENOENT when it is not there.
    static func deleteTable() -> Message {
        var writer = AttributeWriter(after: header)
        writer.put(NetfilterNumber.tableName, table)
        return Message(type: NetfilterNumber.deleteTable, payload: writer.bytes)
    }

    static func newChain() -> Message {
        var writer = AttributeWriter(after: header)
        writer.put(NetfilterNumber.chainTable, table)
        writer.put(NetfilterNumber.chainName, chain)
        writer.nest(NetfilterNumber.chainHook) {
            $0.putNetworkOrder(NetfilterNumber.hookNumber, NetfilterNumber.postRouting)
            $0.putNetworkOrder(NetfilterNumber.hookPriority, NetfilterNumber.sourceTranslation)
        }
        writer.putNetworkOrder(NetfilterNumber.chainPolicy, NetfilterNumber.accept)
        writer.put(NetfilterNumber.chainType, chainType)
        return Message(
            type: NetfilterNumber.newChain,
            flags: RequestFlag.create,
            payload: writer.bytes
        )
    }

    static func newRule(_ masquerade: Masquerade) -> Message {
        var writer = AttributeWriter(after: header)
        writer.put(NetfilterNumber.ruleTable, table)
        writer.put(NetfilterNumber.ruleChain, chain)
        writer.nest(NetfilterNumber.ruleExpressions) { list in
            for expression in Expression.all(of: masquerade) { expression.write(to: &list) }
        }
        return Message(
            type: NetfilterNumber.newRule,
            flags: RequestFlag.create | RequestFlag.append,
            payload: writer.bytes
        )
    }

    // MARK: What is there

    /// Whether a table that the kernel tells of is awake.
    static func isAwake(_ message: Message) throws(NetlinkError) -> Bool {
        var isAwake = true
        var reader = try attributes(of: message)
        while let attribute = reader.next() {
            guard attribute.type == NetfilterNumber.tableFlags else { continue }
            // A dormant table is there without effect, and one with an owner goes with it.
            isAwake = reader.networkOrder(attribute, as: UInt32.self) == 0
        }
        if let error = reader.error { throw error }
        return isAwake
    }

    /// A chain of our table, as far as it matters.
    struct Chain: Hashable {
        var table = ""
        var name = ""
        var type = ""
        var hook: UInt32?
        var priority: Int32?
        var policy: UInt32?

        /// The one that we make.
        static let ours = Chain(
            table: TableCodec.table,
            name: TableCodec.chain,
            type: chainType,
            hook: NetfilterNumber.postRouting,
            priority: NetfilterNumber.sourceTranslation,
            policy: NetfilterNumber.accept
        )
    }

    static func chain(_ message: Message) throws(NetlinkError) -> Chain {
        var chain = Chain()
        var reader = try attributes(of: message)
        while let attribute = reader.next() {
            switch attribute.type {
            case NetfilterNumber.chainTable: chain.table = reader.text(attribute)
            case NetfilterNumber.chainName: chain.name = reader.text(attribute)
            case NetfilterNumber.chainType: chain.type = reader.text(attribute)
            case NetfilterNumber.chainPolicy: chain.policy = reader.networkOrder(attribute)
            case NetfilterNumber.chainHook:
                var inner = AttributeReader(attribute.value)
                while let attribute = inner.next() {
                    switch attribute.type {
                    case NetfilterNumber.hookNumber: chain.hook = inner.networkOrder(attribute)
                    case NetfilterNumber.hookPriority:
                        chain.priority = inner.networkOrder(attribute)
                    default: break
                    }
                }
                if let error = inner.error { throw error }
            default: break
            }
        }
        if let error = reader.error { throw error }
        return chain
    }

    /// The service of a rule; `nil` for a rule that is not exactly as we write it.
    static func masquerade(_ message: Message) throws(NetlinkError) -> Masquerade? {
        var expressions: [Expression] = []
        var reader = try attributes(of: message)
        while let attribute = reader.next() {
            guard attribute.type == NetfilterNumber.ruleExpressions else { continue }
            var list = AttributeReader(attribute.value)
            while let element = list.next() {
                guard element.type == NetfilterNumber.element else { return nil }
                expressions.append(try Expression(element.value))
            }
            if let error = list.error { throw error }
        }
        if let error = reader.error { throw error }
        return Expression.masquerade(expressions)
    }

    private static func attributes(
        of message: Message
    ) throws(NetlinkError) -> AttributeReader {
        guard message.payload.count >= header.count else {
            throw .malformed("a part of a table shorter than its header")
        }
        return AttributeReader(message.payload.dropFirst(header.count))
    }
}
