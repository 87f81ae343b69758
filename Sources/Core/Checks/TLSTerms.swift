/// How a check speaks TLS, and what it makes of the server's certificate.
package struct TLSTerms: Hashable, Sendable {
    /// The name that the server is asked for (SNI, RFC 6066 §3).
    ///
    /// Its certificate must be of that name or of the server's address.
    package var serverName: String?
    /// Whether the certificate must be one of the server, signed by an authority that is trusted.
    package var verifies: Bool
    /// The file with the authorities that are trusted, in PEM; those of this host when not said.
    package var authorities: String?
    /// For how many days a certificate must still be valid not to be remarked upon.
    package var warnDays: Int
    /// The protocols that are offered (ALPN, RFC 7301), the best one first.
    package var protocols: [String]

    /// Terms of these parts.
    package init(
        serverName: String? = nil,
        verifies: Bool = true,
        authorities: String? = nil,
        warnDays: Int = 14,
        protocols: [String] = []
    ) {
        self.serverName = serverName
        self.verifies = verifies
        self.authorities = authorities
        self.warnDays = warnDays
        self.protocols = protocols
    }
}
