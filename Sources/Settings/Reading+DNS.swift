import Core
import Net

// What a DNS check asks, and what it expects. The name goes onto the wire as it is, so what is no
// name never gets past here.

extension Reading {
    private enum Transport: String, CaseIterable {
        case udp, tcp
    }

    /// What the keys of a DNS check come to.
    mutating func question(_ fields: Fields) -> DNSExpectation? {
        let transport = word(fields["transport"], "transport", as: Transport.self)
        guard let node = required("query", of: fields, what: "a check of type `dns`"),
            let (name, type) = query(node)
        else { return nil }
        return DNSExpectation(
            name: name,
            type: type,
            transport: transport == .tcp ? .tcp : .udp,
            expected: fields["expect"].map { answers($0, type) } ?? []
        )
    }

    private mutating func query(_ node: YAMLNode) -> (String, DNSExpectation.RecordType)? {
        guard let text = text(node, "query") else { return nil }
        let types = DNSExpectation.RecordType.allCases
        let words = text.split(separator: " ").map(String.init)
        guard words.count == 2, let name = Self.domain(words[0]),
            let type = types.first(where: { $0.word == words[1].uppercased() })
        else {
            refuse(
                .text,
                at: node.span,
                "`query` cannot be \(text.ticked)",
                help: "write a name and a type, one of \(types.map(\.word).ticked): "
                    + "\"example.org SOA\""
            )
            return nil
        }
        return (name, type)
    }

    /// One record, or a list of them.
    private mutating func answers(
        _ node: YAMLNode,
        _ type: DNSExpectation.RecordType
    ) -> [String] {
        var nodes = [node]
        if case .list(let items) = node.content { nodes = items }
        guard (1...Limits.answers).contains(nodes.count) else {
            let message = "`expect` names 1 to \(Limits.answers) records, not \(nodes.count)"
            refuse(.limit, at: node.span, message)
            return []
        }
        return nodes.compactMap { node in
            guard let text = text(node, "expect") else { return nil }
            if let answer = Self.answer(text, type) { return answer }
            let help =
                switch type {
                case .a: "an IPv4 address"
                case .aaaa: "an IPv6 address"
                case .ns, .cname: "a domain name"
                case .soa: "a serial number"
                case .txt: "a text of at most \(Limits.noteBytes) bytes"
                }
            refuse(
                .text,
                at: node.span,
                "`expect` cannot be \(text.ticked)",
                help: "the answer to a question for \(type.word) is \(help)"
            )
            return nil
        }
    }

    /// `text` as the same record of an answer is read.
    private static func answer(_ text: String, _ type: DNSExpectation.RecordType) -> String? {
        switch type {
        case .a: IPAddress(text).flatMap { $0.family == .v4 ? "\($0)" : nil }
        case .aaaa: IPAddress(text).flatMap { $0.family == .v6 ? "\($0)" : nil }
        case .ns, .cname: domain(text)
        case .soa: Digits.number(text).flatMap { UInt32(exactly: $0) }.map { "\($0)" }
        case .txt: (1...Limits.noteBytes).contains(text.utf8.count) ? text : nil
        }
    }

    /// A domain name in lower case without its last dot; empty for the root (RFC 1035 §2.3.4).
    private static func domain(_ text: String) -> String? {
        guard text != "." else { return "" }
        let name = text.hasSuffix(".") ? String(text.dropLast()) : text
        // Above 253 bytes the lengths of the labels and of the root would make more than 255.
        guard name.utf8.count <= 253 else { return nil }
        let labels = name.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        let areLabels = labels.allSatisfy { label in
            (1...63).contains(label.count)
                && label.allSatisfy { byte in
                    switch byte {
                    case UInt8(ascii: "a")...UInt8(ascii: "z"),
                        UInt8(ascii: "A")...UInt8(ascii: "Z"),
                        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"),
                        UInt8(ascii: "_"):
                        true
                    default: false
                    }
                }
        }
        return areLabels ? name.lowercased() : nil
    }
}
