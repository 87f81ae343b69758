/// What is asked over HTTP and which answers pass.
package struct HTTPExpectation: Hashable, Sendable {
    /// A field that the request has beside those of every request.
    package struct Field: Hashable, Sendable {
        /// The name: a token of RFC 9110 §5.6.2.
        package let name: String
        /// The value: printable ASCII, without blanks around it.
        package let value: String

        /// A field of these parts.
        package init(_ name: String, _ value: String) {
            self.name = name
            self.value = value
        }
    }

    /// What the body of an answer must be.
    package enum Body: Hashable, Sendable {
        /// Anything with these bytes in it.
        case containing([UInt8])
        /// Exactly what has this SHA-256.
        case sha256([UInt8])
    }

    /// The methods of a check: those that change nothing, and POST, with an empty body.
    package enum Method: String, Hashable, Sendable, CaseIterable {
        case get = "GET"
        case head = "HEAD"
        case options = "OPTIONS"
        case post = "POST"
    }

    /// The versions that are spoken.
    package enum Version: String, Hashable, Sendable, CaseIterable {
        case http1 = "1.1"
        /// Agreed on over TLS (ALPN), and taken for granted without (RFC 9113 §3.3).
        case http2 = "2"
    }

    /// The method.
    package var method: Method
    /// The version.
    package var version: Version
    /// The request target: an absolute path with its query, ASCII without spaces or controls.
    package var path: String
    /// The Host field; the address of the server when not said.
    package var host: String?
    /// More fields of the request.
    package var fields: [Field]
    /// The status codes that pass, as ranges within 100...599.
    package var statuses: [ClosedRange<Int>]
    /// What the body must be; `nil` for anything.
    package var body: Body?
    /// How it is asked over TLS; `nil` for plain HTTP.
    package var tls: TLSTerms?

    /// `method` of `path` answered with one of `statuses`.
    package init(
        method: Method = .get,
        version: Version = .http1,
        path: String = "/",
        host: String? = nil,
        fields: [Field] = [],
        statuses: [ClosedRange<Int>] = [200...399],
        body: Body? = nil,
        tls: TLSTerms? = nil
    ) {
        self.method = method
        self.version = version
        self.path = path
        self.host = host
        self.fields = fields
        self.statuses = statuses
        self.body = body
        self.tls = tls
    }

    /// Whether an answer with this status code passes.
    package func accepts(status: Int) -> Bool {
        statuses.contains { $0.contains(status) }
    }
}
