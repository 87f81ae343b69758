import Core

// What an HTTP check sends and expects. Path and host go onto the wire as they are, so what could
// end a header line, or begin another request, never gets past here.

extension Reading {
    /// What the keys of an HTTP check come to.
    mutating func expectation(_ fields: Fields) -> HTTPExpectation {
        var result = HTTPExpectation()
        if let path = path(fields["path"]) { result.path = path }
        result.host = host(fields["host"])
        if let node = fields["expect"], let expect = self.fields(node, of: .expect),
            let status = expect["status"], let statuses = statuses(status)
        {
            result.statuses = statuses
        }
        return result
    }

    private mutating func path(_ node: YAMLNode?) -> String? {
        // RFC 9112 §3.2.1: origin-form; a fragment is never sent.
        let help = "it begins with `/` and has no spaces, controls or `#`; write others as %XX"
        return text(node, "path", atMost: Limits.pathBytes, help: help) {
            $0.hasPrefix("/")
                && $0.utf8.allSatisfy { Self.isGraphic($0) && $0 != UInt8(ascii: "#") }
        }
    }

    private mutating func host(_ node: YAMLNode?) -> String? {
        // RFC 9110 §7.2: the Host field is a host with an optional port.
        let help = "a host name or an address, with an optional port: www.example.org:8080"
        return text(node, "host", atMost: Limits.hostBytes, help: help) {
            $0.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"):
                    true
                default: ".-_:[]".utf8.contains(byte)
                }
            }
        }
    }

    /// One status, one range, or a list of them.
    private mutating func statuses(_ node: YAMLNode) -> [ClosedRange<Int>]? {
        let key = "expect.status"
        var nodes = [node]
        if case .list(let items) = node.content { nodes = items }
        // An empty list would be a check that no answer passes.
        guard !nodes.isEmpty, nodes.count <= Limits.statuses else {
            let message = "`\(key)` names 1 to \(Limits.statuses) statuses, not \(nodes.count)"
            refuse(.limit, at: node.span, message)
            return nil
        }
        return nodes.compactMap { node in
            guard let text = text(node, key) else { return nil }
            let bounds = text.split(separator: "-", omittingEmptySubsequences: false)
                .map { Digits.number(String($0)) }
            // RFC 9110 §15: a status has three digits, and its first is 1 to 5.
            guard (1...2).contains(bounds.count), let lower = bounds[0],
                let upper = bounds[bounds.count - 1], lower <= upper,
                (100...599).contains(lower), upper <= 599
            else {
                refuse(
                    .number,
                    at: node.span,
                    "`\(key)` cannot be \(text.ticked)",
                    help: "write a status or a range within 100-599: 200, or 200-299"
                )
                return nil
            }
            return lower...upper
        }
    }
}
