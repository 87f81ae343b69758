import Core

// What an HTTP check sends and expects. Path and host go onto the wire as they are, so what could
// end a header line, or begin another request, never gets past here.

extension Reading {
    /// What the keys of an HTTP check come to.
    mutating func expectation(_ fields: Fields) -> HTTPExpectation {
        var result = HTTPExpectation()
        if let method = word(fields["method"], "method", as: HTTPExpectation.Method.self) {
            result.method = method
        }
        if let version = word(fields["version"], "version", as: HTTPExpectation.Version.self) {
            result.version = version
        }
        if let path = path(fields["path"]) { result.path = path }
        result.host = host(fields["host"])
        result.fields = fields["headers"].map { headers($0) } ?? []
        guard let node = fields["expect"], let expect = self.fields(node, of: .expect) else {
            return result
        }
        if let status = expect["status"], let statuses = statuses(status) {
            result.statuses = statuses
        }
        result.body = body(expect)
        if result.body != nil, result.method == .head {
            refuse(
                .together,
                at: fields.place(of: "method"),
                "an answer to `HEAD` has no body to expect something of",
                help: "ask with `GET`, or expect a status only"
            )
        }
        return result
    }

    /// What the keys of a check over gRPC's health protocol come to.
    mutating func health(_ fields: Fields) -> GRPCExpectation {
        var result = GRPCExpectation(host: host(fields["host"]))
        let help = "the full name of a service: grpc.health.v1.Health"
        let service = text(
            fields["service"],
            "service",
            atMost: Limits.hostBytes,
            help: help
        ) { $0.utf8.allSatisfy(Self.isGraphic) }
        result.service = service ?? ""
        let tls = flag(fields["tls"], "tls") ?? false
        let stray = ["sni", "verify-tls", "ca", "warn-days"].first { fields[$0] != nil }
        if tls {
            result.tls = terms(fields, host: result.host, protocols: ["h2"])
        } else if let stray {
            refuse(
                .together,
                at: fields.place(of: stray),
                "`\(stray)` is for a check over TLS, and this one is not",
                help: "add `tls: true`"
            )
        }
        return result
    }

    private mutating func body(_ expect: Fields) -> HTTPExpectation.Body? {
        let text = expect["body"].flatMap { bytes($0, "expect.body") }
        guard let node = expect["body-sha256"] else { return text.map { .containing($0) } }
        guard expect["body"] == nil else {
            refuse(
                .together,
                at: node.span,
                "`body` and `body-sha256` are two ways to say the same; keep one"
            )
            return nil
        }
        let key = "expect.body-sha256"
        guard let digits = self.text(node, key) else { return nil }
        guard let digest = Self.bytes(ofHex: digits), digest.count == 32 else {
            let message = "`\(key)` cannot be \(digits.ticked)"
            refuse(
                .text,
                at: node.span,
                message,
                help: "64 hexadecimal digits, as sha256sum prints"
            )
            return nil
        }
        return .sha256(digest)
    }

    private mutating func headers(_ node: YAMLNode) -> [HTTPExpectation.Field] {
        guard let entries = entries(node, what: "`headers`") else { return [] }
        guard entries.count <= Limits.headers else {
            let message =
                "`headers` has \(entries.count) items; at most \(Limits.headers) are taken"
            refuse(.limit, at: entries[Limits.headers].keySpan, message)
            return []
        }
        return entries.compactMap { header($0) }
    }

    private mutating func header(_ entry: YAMLNode.Entry) -> HTTPExpectation.Field? {
        // RFC 9110 §5.6.2: a token.
        let isName =
            !entry.key.isEmpty && entry.key.utf8.count <= 64
            && entry.key.utf8.allSatisfy { byte in
                Self.isGraphic(byte) && !"\"(),/:;<=>?@[\\]{}".utf8.contains(byte)
            }
        guard isName else {
            let help = "letters, digits and -, at most 64"
            refuse(.text, at: entry.keySpan, "no header is called \(entry.key.ticked)", help: help)
            return nil
        }
        if let instead = Self.ownHeaders[entry.key.lowercased()] {
            let message = "the header \(entry.key.ticked) is not to be chosen: \(instead)"
            refuse(.together, at: entry.keySpan, message)
            return nil
        }
        let help = "printable ASCII without blanks at its ends"
        let value = text(
            entry.value,
            entry.key.shown,
            atMost: Limits.pathBytes,
            help: help
        ) { text in
            text.utf8.allSatisfy { (0x20...0x7e).contains($0) } && text.first != " "
                && text.last != " "
        }
        return value.map { HTTPExpectation.Field(entry.key, $0) }
    }

    /// The headers that say how the request itself is made.
    private static let ownHeaders = [
        "host": "write `host` beside `headers`", "connection": "a probe closes its connection",
        "content-length": "a probe has no body", "transfer-encoding": "a probe has no body",
        "accept-encoding": "a probe decompresses nothing",
        "upgrade": "a probe stays with its version",
        "expect": "a probe has no body", "te": "a probe stays with plain chunks",
    ]

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
            Self.isHost($0, with: ".-_:[]")
        }
    }

    /// Whether `text` is made of ASCII letters, digits and `marks`.
    static func isHost(_ text: String, with marks: String) -> Bool {
        text.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"):
                true
            default: marks.utf8.contains(byte)
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
