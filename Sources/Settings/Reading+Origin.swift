import Core
import Net

// Where the probes of a check come from: `source` and `mark`.

extension Reading {
    /// Reads `source`, one address or one of each family, and `mark`.
    mutating func origin(_ fields: Fields) -> ProbeOrigin {
        var origin = ProbeOrigin(mark: fields["mark"].flatMap { mark($0, "mark") })
        guard let node = fields["source"] else { return origin }
        var nodes = [node]
        if case .list(let items) = node.content { nodes = items }
        for node in nodes {
            guard let address = sourceAddress(node) else { continue }
            guard origin.source(for: address.family) == nil else {
                refuse(
                    .together,
                    at: node.span,
                    "`source` has two addresses of the same family",
                    help: "give one, or one of IPv4 and one of IPv6"
                )
                continue
            }
            switch address.family {
            case .v4: origin.v4 = address
            case .v6: origin.v6 = address
            }
        }
        return origin
    }

    private mutating func sourceAddress(_ node: YAMLNode) -> IPAddress? {
        guard let text = text(node, "source") else { return nil }
        do throws(ParseError) {
            let address = try IPAddress(parsing: text)
            guard address.isUnspecified || address.isMulticast else { return address }
            let message = "`source` cannot be \(address), which no packet comes from"
            refuse(.unusableAddress, at: node.span, message)
        } catch {
            refuse(.notAddress, at: node.span, error.message)
        }
        return nil
    }

    /// A mark of 32 bits, in decimal, or in hexadecimal as `iptables` and `nft` print it.
    mutating func mark(_ node: YAMLNode, _ key: String) -> UInt32? {
        guard let text = text(node, key) else { return nil }
        let mark =
            text.hasPrefix("0x")
            ? UInt32(text.dropFirst(2), radix: 16)
            : Digits.number(text).flatMap { UInt32(exactly: $0) }
        guard let mark, mark > 0 else {
            refuse(
                .number,
                at: node.span,
                "`\(key)` must be 1 to 4294967295, not \(text.ticked)",
                help: "write it in decimal, or in hexadecimal with 0x before it"
            )
            return nil
        }
        return mark
    }
}
