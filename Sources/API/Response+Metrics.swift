internal import Hummingbird
internal import HummingbirdCore
internal import NIOCore

extension Response {
    /// An answer with the metrics of `controls`.
    static func metrics(_ controls: Controls) -> Response {
        let metrics = Metrics(
            controls.snapshot(),
            loops: controls.loops(),
            vitals: controls.vitals(),
            requests: controls.requests
        )
        return Response(
            status: .ok,
            headers: [.contentType: MetricsText.mediaType, .cacheControl: "no-store"],
            body: ResponseBody(byteBuffer: ByteBuffer(string: metrics.text))
        )
    }
}
