internal import Core
internal import Hummingbird
internal import HummingbirdCore
internal import Logging
internal import NIOCore

/// An error with the HTTP status it is answered with.
struct ProblemAnswer: Error {
    let status: HTTPResponse.Status
    let fault: Fault
    var problems: [ConfigurationProblem] = []
    var headers: HTTPFields = [:]

    /// The answer as it is sent.
    var response: Response {
        let document = ProblemDocument(
            fault,
            status: status.code,
            title: status.reasonPhrase,
            errors: problems
        )
        var response = Response.json(document, status: status)
        response.headers[.contentType] = ProblemDocument.mediaType
        for field in headers { response.headers.append(field) }
        return response
    }
}

extension ProblemAnswer {
    /// The answer to `request` that an error thrown on its way stands for.
    init(_ error: any Error, to request: Request) {
        let method = request.method.rawValue
        switch error {
        case let answer as ProblemAnswer: self = answer
        case let refusal as Refusal: self.init(refusal)
        case is DeadlinePassed:
            self.init(
                status: .gatewayTimeout,
                fault: .tookTooLong(ControlLimits.requestTime)
            )
        case is NIOTooManyBytesError:
            self.init(
                status: .contentTooLarge,
                fault: .bodyTooLarge(limit: ControlLimits.requestBytes)
            )
        case let error as HTTPError where error.status == .notFound:
            self.init(status: .notFound, fault: .noSuchPath(method, request.uri.path))
        default:
            self.init(status: .internalServerError, fault: .unexpected(error))
        }
    }

    private init(_ refusal: Refusal) {
        let status: HTTPResponse.Status
        var headers: HTTPFields = [:]
        switch refusal.kind {
        case .conflict: status = .conflict
        case .notNow:
            status = .serviceUnavailable
            headers[.retryAfter] = "1"
        case .invalidConfiguration: status = .unprocessableContent
        case .failed: status = .internalServerError
        }
        self.init(
            status: status,
            fault: refusal.fault,
            problems: refusal.problems,
            headers: headers
        )
    }
}

/// Answers every error with a problem document, and logs the ones nobody expected.
struct ProblemMiddleware: RouterMiddleware {
    let logger: Logger

    func handle(
        _ request: Request,
        context: ControlContext,
        next: @concurrent (Request, ControlContext) async throws -> Response
    ) async throws -> Response {
        do {
            return try await next(request, context)
        } catch {
            let answer = ProblemAnswer(error, to: request)
            if answer.status == .internalServerError {
                logger.error(
                    "A request failed",
                    metadata: [
                        "method": "\(request.method)", "path": "\(request.uri.path)",
                        "fault": "\(answer.fault)",
                    ]
                )
            }
            return answer.response
        }
    }
}
