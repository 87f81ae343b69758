import Core
import NIOCore
import NIOSSL
import Synchronization

/// What connections with the same terms share: the authorities, read and parsed.
///
/// Reading the authorities of a system takes ten milliseconds and more, and a check is made
/// thousands of times.
final class TLSContexts: Sendable {
    /// How long authorities are taken to be as they were read: long against a check's interval, and
    /// short against the days for which old and new ones overlap.
    static let lifetime = TimeAmount.minutes(10)

    private struct Key: Hashable {
        let verifies: Bool
        let authorities: String?
        let protocols: [String]
    }

    private let kept = Mutex<[Key: (context: NIOSSLContext, made: NIODeadline)]>([:])

    /// The context of connections with these terms, at most `lifetime` old.
    ///
    /// Made while the others wait, or all of them would make one.
    func context(for terms: TLSTerms, now: NIODeadline = .now()) throws -> NIOSSLContext {
        let key = Key(
            verifies: terms.verifies,
            authorities: terms.authorities,
            protocols: terms.protocols
        )
        return try kept.withLock { kept in
            if let found = kept[key], now - found.made < Self.lifetime { return found.context }
            // What no check asks for any more goes with the next one that is made.
            kept = kept.filter { now - $0.value.made < Self.lifetime }
            let context = try NIOSSLContext(configuration: Self.configuration(terms))
            kept[key] = (context, now)
            return context
        }
    }

    private static func configuration(_ terms: TLSTerms) -> TLSConfiguration {
        var configuration = TLSConfiguration.makeClientConfiguration()
        // What clients of today speak (RFC 8996).
        configuration.minimumTLSVersion = .tlsv12
        configuration.applicationProtocols = terms.protocols
        configuration.certificateVerification = terms.verifies ? .fullVerification : .none
        if let file = terms.authorities { configuration.trustRoots = .file(file) }
        return configuration
    }
}
