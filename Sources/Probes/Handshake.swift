import NIOSSL

/// What a handshake of TLS came to, as far as an operator wants to know.
struct Handshake: Hashable, Sendable {
    /// The version in words: `TLS 1.3`.
    var version: String
    /// The protocol that the server chose of those offered.
    var chosen: String?
    /// How long the server's certificate is still valid; negative when it is not any more.
    var left: Duration?

    /// A handshake of these parts.
    init(version: String, chosen: String? = nil, left: Duration? = nil) {
        self.version = version
        self.chosen = chosen
        self.left = left
    }

    /// How long the certificate is still valid, in words; `nil` without one.
    var certificate: String? { left.map(Self.words) }

    /// Whole days where there is one, as that is what certificates are renewed by.
    static func words(_ left: Duration) -> String {
        let days = left.components.seconds / 86_400
        if left < .zero { return "certificate ended \(-days) days ago" }
        return days == 1 ? "certificate ends in 1 day" : "certificate ends in \(days) days"
    }

    /// The words for a version.
    static func name(_ version: TLSVersion?) -> String {
        switch version {
        case .tlsv13: "TLS 1.3"
        case .tlsv12: "TLS 1.2"
        case .tlsv11: "TLS 1.1"
        case .tlsv1: "TLS 1.0"
        case nil: "TLS"
        }
    }

    /// What went wrong in TLS, in a few words; `nil` for an error of something else.
    ///
    /// The library has its reason in the middle of a line with a number and a place in its source.
    static func fault(_ error: any Error) -> String? {
        switch error {
        case NIOSSLError.handshakeFailed(.sslError(let stack)),
            NIOSSLError.handshakeFailed(.unknownError(let stack)):
            return stack.first.map { reason("\($0)") } ?? "handshake failed"
        case NIOSSLError.handshakeFailed(let other): return reason("\(other)")
        case let error as NIOSSLError: return reason("\(error)")
        case let error as NIOSSLExtraError where error == .failedToValidateHostname:
            return "the certificate is of another name"
        case let error as NIOSSLExtraError: return reason(error.description)
        case BoringSSLError.sslError(let stack), BoringSSLError.unknownError(let stack):
            return stack.first.map { reason("\($0)") } ?? "the connection failed"
        case let error as BoringSSLError: return reason("\(error)")
        default: return nil
        }
    }

    /// `certificate verify failed` of `... OPENSSL_internal:CERTIFICATE_VERIFY_FAILED at ...`.
    private static func reason(_ text: String) -> String {
        guard let mark = text.firstRange(of: "OPENSSL_internal:") else {
            let plain = text.hasPrefix("Error:  ") ? String(text.dropFirst(8)) : text
            return Evidence.printable(plain.utf8)
        }
        let word = text[mark.upperBound...].prefix { $0 != " " }
        return word.lowercased().split(separator: "_").joined(separator: " ")
    }
}
