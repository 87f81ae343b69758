internal import Foundation
internal import Hummingbird
internal import HummingbirdCore
internal import NIOCore

extension Response {
    /// An answer with `document` as JSON, its keys sorted so that two answers can be compared.
    static func json(_ document: some Encodable, status: HTTPResponse.Status = .ok) -> Response {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let headers: HTTPFields = [
            .contentType: "application/json; charset=utf-8",
            // What was true a moment ago must not be served again.
            .cacheControl: "no-store",
        ]
        do {
            let bytes = try encoder.encode(document)
            return Response(
                status: status,
                headers: headers,
                body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes))
            )
        } catch {
            // Only a number that JSON cannot spell, such as infinity, leads here.
            return ProblemAnswer(status: .internalServerError, fault: .unexpected(error)).response
        }
    }
}
