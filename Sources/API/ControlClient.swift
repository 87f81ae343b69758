internal import Core
internal import Foundation
internal import NIOCore
internal import NIOHTTP1
internal import NIOPosix

/// Talks to a running daemon, over its control socket or to read over TCP: one HTTP/1.1 request
/// per connection.
package struct ControlClient: Sendable {
    /// Where the daemon listens unless the configuration says otherwise.
    package static let defaultSocket = "/run/penstock/control.sock"

    /// What our own requests call the daemon, wherever it is.
    package static let hostName = "penstock"

    /// Where a daemon can listen.
    package enum Place: Equatable, Sendable, CustomStringConvertible {
        /// A unix socket at a path, which takes everything.
        case socket(String)
        /// A host's name or address and a port, which only lets look.
        case host(String, Int)

        package var description: String {
            switch self {
            case .socket(let path): path
            case .host(let name, let port):
                name.contains(":") ? "http://[\(name)]:\(port)" : "http://\(name):\(port)"
            }
        }
    }

    /// Where the daemon listens.
    package let place: Place
    /// How long a request may take in all.
    package let timeout: Duration

    /// A client of the daemon at `socket`.
    package init(socket: String, timeout: Duration) {
        self.init(at: .socket(socket), timeout: timeout)
    }

    /// A client of the daemon at `place`.
    package init(at place: Place, timeout: Duration) {
        self.place = place
        self.timeout = timeout
    }

    /// What can be done to a path.
    package enum Method: String, Equatable, Sendable {
        case get = "GET"
        case put = "PUT"
        case post = "POST"
    }

    /// What came back for a request that the daemon carried out.
    package struct Answer: Equatable, Sendable {
        /// The HTTP status, below 400.
        package let status: Int
        /// The document, as it was sent.
        package let body: String
        /// Where to watch what was begun, for an answer of 202.
        package let location: String?

        /// An answer of these parts.
        package init(status: Int, body: String, location: String? = nil) {
            self.status = status
            self.body = body
            self.location = location
        }

        /// The document as `Value`.
        package func decoded<Value: Decodable>(
            as type: Value.Type = Value.self
        ) throws(ControlFailure) -> Value {
            do {
                return try JSONDecoder().decode(type, from: Data(body.utf8))
            } catch {
                throw ControlFailure(
                    .notUnderstood,
                    .strangeAnswer("no \(type) in the answer: \(error)")
                )
            }
        }
    }

    /// Asks for the document at `path`.
    package func get<Value: Decodable>(
        _ path: String,
        as type: Value.Type = Value.self
    ) async throws(ControlFailure) -> Value {
        try await send(.get, path).decoded(as: type)
    }

    /// Sends a request and waits for what the daemon says.
    ///
    /// - Parameters:
    ///   - method: what to do to the path.
    ///   - path: an absolute path, percent-encoded.
    ///   - body: what goes with it.
    /// - Returns: the answer.
    /// - Throws: why nothing came of it; an answer of 400 and above is such a reason.
    package func send(
        _ method: Method,
        _ path: String,
        body: String? = nil
    ) async throws(ControlFailure) -> Answer {
        let exchange = Exchange(
            place: place,
            head: head(method, path, length: body?.utf8.count),
            body: body
        )
        let reply: Exchange.Reply
        do {
            reply = try await within(timeout) { try await exchange.run() }
        } catch {
            throw failure(error)
        }
        let text = String(decoding: reply.body.readableBytesView, as: UTF8.self)
        let answer = Answer(
            status: Int(reply.status.code),
            body: text,
            location: reply.location
        )
        guard answer.status >= 400 else { return answer }
        throw refusal(answer, mediaType: reply.mediaType)
    }

    private func head(_ method: Method, _ path: String, length: Int?) -> HTTPRequestHead {
        // Without `connection: close`, although there is no second request: a server that refuses
        // at the head would hang up while the body is still being written, and its reason would
        // be lost. So we are the one who hangs up.
        var headers: HTTPHeaders = [
            "host": Self.hostName, "user-agent": "penstock/\(Release.version)",
        ]
        if let length { headers.add(name: "content-length", value: "\(length)") }
        return HTTPRequestHead(
            version: .http1_1,
            method: HTTPMethod(rawValue: method.rawValue),
            uri: path,
            headers: headers
        )
    }

    private func refusal(_ answer: Answer, mediaType: String) -> ControlFailure {
        guard mediaType.hasPrefix(ProblemDocument.mediaType) else {
            return ControlFailure(
                answer.status == 503 ? .late : .refused,
                .strangeAnswer("status \(answer.status) without a reason")
            )
        }
        do throws(ControlFailure) {
            let document = try answer.decoded(as: ProblemDocument.self)
            return ControlFailure(status: answer.status, document: document)
        } catch {
            return error
        }
    }

    func failure(_ error: any Error) -> ControlFailure {
        switch error {
        case is DeadlinePassed:
            return ControlFailure(.late, .noAnswer("\(place)", within: timeout))
        case let error as IOError where error.errnoCode == EACCES || error.errnoCode == EPERM:
            return ControlFailure(.forbidden, .socketForbidden("\(place)"))
        case is Exchange.TooLarge:
            return ControlFailure(
                .notUnderstood,
                .strangeAnswer("it has more than \(ControlLimits.answerBytes) bytes")
            )
        case is Exchange.CutShort:
            return ControlFailure(.notUnderstood, .strangeAnswer("the connection was closed"))
        default:
            break
        }
        switch place {
        case .host:
            return ControlFailure(.unreachable, .notAnswering("\(place)", because: reason(error)))
        case .socket(let path):
            guard let because = missing(error) else {
                return ControlFailure(.notUnderstood, .strangeAnswer("\(path): \(error)"))
            }
            return ControlFailure(.unreachable, .notRunning(path, because: because))
        }
    }

    /// Why nobody is at a unix socket, if that is what `error` says.
    private func missing(_ error: any Error) -> String? {
        switch (error as? IOError)?.errnoCode {
        case ENOENT: "there is no such socket"
        case ECONNREFUSED: "the socket is left over, nobody listens"
        default: nil
        }
    }

    /// Why a host could not be reached, as far as one of its addresses tells.
    private func reason(_ error: any Error) -> String {
        guard let error = error as? NIOConnectionError else { return "\(error)" }
        if let tried = error.connectionErrors.first { return "\(tried.target): \(tried.error)" }
        return "its name has no address"
    }
}

extension ControlClient {
    /// `text` as one segment of a path (RFC 3986 §2.3).
    package static func segment(_ text: String) -> String {
        text.utf8.map { byte in
            let scalar = Unicode.Scalar(byte)
            let isUnreserved =
                scalar.isASCII
                && (scalar.properties.isAlphabetic || scalar.properties.numericType != nil
                    || "-._~".unicodeScalars.contains(scalar))
            guard !isUnreserved else { return String(scalar) }
            let digits = String(byte, radix: 16, uppercase: true)
            return "%" + (digits.count == 1 ? "0" : "") + digits
        }.joined()
    }
}
