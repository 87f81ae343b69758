import Core
import Net

// How a check speaks TLS: the name it asks for, and whom it trusts.

extension Reading {
    /// What the keys of a check over TLS come to; `host` is the name where `sni` says none.
    mutating func terms(
        _ fields: Fields,
        host: String? = nil,
        protocols: [String]
    ) -> TLSTerms {
        var terms = TLSTerms(protocols: protocols)
        terms.serverName = serverName(fields["sni"]) ?? host.flatMap(Self.serverName)
        terms.verifies = flag(fields["verify-tls"], "verify-tls") ?? true
        terms.authorities = authorities(fields["ca"])
        if let days = number(fields["warn-days"], "warn-days", 0...Limits.certificateDays) {
            terms.warnDays = days
        }
        if !terms.verifies, fields["ca"] != nil {
            refuse(
                .together,
                at: fields.place(of: "ca"),
                "`ca` says whom to trust, and `verify-tls: false` that nobody need be",
                help: "keep one of them"
            )
        }
        return terms
    }

    private mutating func serverName(_ node: YAMLNode?) -> String? {
        // RFC 6066 §3: a host name, and no address.
        let help = "a host name, not an address: www.example.org"
        return text(node, "sni", atMost: Limits.hostBytes, help: help) {
            Self.isHost($0, with: ".-_") && IPAddress($0) == nil
        }
    }

    /// The name of a Host field that a certificate can be of: no port, and no address.
    private static func serverName(ofHost host: String) -> String? {
        guard !host.hasPrefix("["), let name = host.split(separator: ":").first.map(String.init),
            IPAddress(name) == nil, isHost(name, with: ".-_")
        else { return nil }
        return name
    }

    private mutating func authorities(_ node: YAMLNode?) -> String? {
        text(
            node,
            "ca",
            atMost: Limits.filePathBytes,
            help: "an absolute path of at most \(Limits.filePathBytes) printable characters"
        ) { $0.hasPrefix("/") && !$0.hasSuffix("/") && $0.utf8.allSatisfy(Self.isGraphic) }
    }

    /// One protocol of ALPN, or a list of them.
    mutating func protocols(_ node: YAMLNode?) -> [String] {
        guard let node else { return [] }
        var nodes = [node]
        if case .list(let items) = node.content { nodes = items }
        guard (1...Limits.protocols).contains(nodes.count) else {
            let message = "`alpn` names 1 to \(Limits.protocols) protocols, not \(nodes.count)"
            refuse(.limit, at: node.span, message)
            return []
        }
        // RFC 7301 §3.1: 1 to 255 bytes; every registered one is printable.
        return nodes.compactMap { node in
            text(node, "alpn", atMost: 255, help: "a registered name: h2, http/1.1, imap") {
                $0.utf8.allSatisfy(Self.isGraphic)
            }
        }
    }
}
