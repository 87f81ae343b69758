/// What is asked of a server over gRPC's health protocol.
package struct GRPCExpectation: Hashable, Sendable {
    /// The service that is asked about; empty for the server as a whole.
    package var service: String
    /// The authority of the request; the address of the server when not said.
    package var host: String?
    /// How it is asked over TLS; `nil` without.
    package var tls: TLSTerms?

    /// A question of these parts.
    package init(service: String = "", host: String? = nil, tls: TLSTerms? = nil) {
        self.service = service
        self.host = host
        self.tls = tls
    }
}
