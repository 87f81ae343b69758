internal import Core
internal import Hummingbird
internal import HummingbirdCore
internal import NIOCore

extension Response {
    /// An answer with the metrics of `snapshot`, and of the daemon's loops.
    static func metrics(_ snapshot: Snapshot, loops: [LoopPulse]) -> Response {
        Response(
            status: .ok,
            headers: [.contentType: MetricsText.mediaType, .cacheControl: "no-store"],
            body: ResponseBody(byteBuffer: ByteBuffer(string: Metrics(snapshot, loops: loops).text))
        )
    }
}
