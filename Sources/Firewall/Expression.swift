import Net
import Netlink

/// One step of a rule: load something, compare it, or act.
///
/// A rule of ours reads, in nft's words, `ct original ip daddr ADDRESS meta l4proto PROTOCOL
/// ct original proto-dst PORT masquerade`. It goes by what the client first sent to rather than
/// by the real server, so that nothing but the packets of that service is touched, not even a
/// check of the same server, and so that it does not change with the servers.
///
/// nft could not read a set of address, protocol and port back in (the type of `proto-dst` has no
/// fixed width), and a table that spoils `nft list ruleset > file` is a trap; so each service has
/// a rule. They are walked once for each new connection, not for each packet.
struct Expression: Hashable, Sendable {
    var name: String
    /// The attributes, by their types.
    var attributes: [UInt16: [UInt8]]

    /// The steps that make a rule for `masquerade`.
    static func all(of masquerade: Masquerade) -> [Expression] {
        let isV4 = masquerade.address.family == .v4
        return [
            tracked(isV4 ? NetfilterNumber.trackedAddress4 : NetfilterNumber.trackedAddress6),
            isEqual(masquerade.address.bytes),
            Expression(
                name: "meta",
                attributes: [
                    NetfilterNumber.metaKey: bigEndian(NetfilterNumber.metaTransport),
                    NetfilterNumber.metaRegister: bigEndian(NetfilterNumber.register),
                ]
            ),
            isEqual([masquerade.transport.rawValue]),
            tracked(NetfilterNumber.trackedPort),
            isEqual(bigEndian(masquerade.port.number)),
            Expression(name: "masq", attributes: [:]),
        ]
    }

    /// The service for which these are the steps; `nil` where they are any others.
    static func masquerade(_ expressions: [Expression]) -> Masquerade? {
        guard expressions.count == 7,
            let address = expressions[1].comparedValue.flatMap({ IPAddress(bytes: $0) }),
            let number = expressions[3].comparedValue, number.count == 1,
            let transport = TransportProtocol(rawValue: number[0]),
            let port = expressions[5].comparedValue, port.count == 2
        else { return nil }
        let masquerade = Masquerade(
            address,
            transport,
            Port(UInt16(port[0]) << 8 | UInt16(port[1]))
        )
        return expressions == all(of: masquerade) ? masquerade : nil
    }

    private static func tracked(_ key: UInt32) -> Expression {
        Expression(
            name: "ct",
            attributes: [
                NetfilterNumber.trackKey: bigEndian(key),
                NetfilterNumber.trackRegister: bigEndian(NetfilterNumber.register),
                NetfilterNumber.trackDirection: [NetfilterNumber.originalDirection],
            ]
        )
    }

    private static func isEqual(_ value: [UInt8]) -> Expression {
        var data = AttributeWriter()
        data.put(NetfilterNumber.dataValue, value)
        return Expression(
            name: "cmp",
            attributes: [
                NetfilterNumber.compareRegister: bigEndian(NetfilterNumber.register),
                NetfilterNumber.compareOperator: bigEndian(NetfilterNumber.isEqual),
                NetfilterNumber.compareData: data.bytes,
            ]
        )
    }

    private var comparedValue: [UInt8]? {
        guard let data = attributes[NetfilterNumber.compareData] else { return nil }
        var reader = AttributeReader(data[...])
        guard let value = reader.next(), value.type == NetfilterNumber.dataValue else { return nil }
        return Array(value.value)
    }

    private static func bigEndian(_ number: some FixedWidthInteger) -> [UInt8] {
        AttributeWriter.hostOrder(number.bigEndian)
    }
}

extension Expression {
    /// The step in an element of a rule's list.
    init(_ element: ArraySlice<UInt8>) throws(NetlinkError) {
        self.init(name: "", attributes: [:])
        var reader = AttributeReader(element)
        while let attribute = reader.next() {
            switch attribute.type {
            case NetfilterNumber.expressionName: name = reader.text(attribute)
            case NetfilterNumber.expressionData:
                var inner = AttributeReader(attribute.value)
                while let attribute = inner.next() {
                    attributes[attribute.type] = Array(attribute.value)
                }
                if let error = inner.error { throw error }
            default: break
            }
        }
        if let error = reader.error { throw error }
    }

    func write(to list: inout AttributeWriter) {
        list.nest(NetfilterNumber.element) { element in
            element.put(NetfilterNumber.expressionName, name)
            element.nest(NetfilterNumber.expressionData) { data in
                for (type, value) in attributes.sorted(by: { $0.key < $1.key }) {
                    data.put(type, value)
                }
            }
        }
    }
}
