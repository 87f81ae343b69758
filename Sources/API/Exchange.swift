internal import NIOCore
internal import NIOHTTP1
internal import NIOPosix

/// One request and its answer.
struct Exchange: Sendable {
    let place: ControlClient.Place
    let head: HTTPRequestHead
    let body: String?

    struct Reply: Sendable {
        let status: HTTPResponseStatus
        let mediaType: String
        let location: String?
        let body: ByteBuffer
    }

    /// The answer has more bytes than any answer should have.
    struct TooLarge: Error {}

    /// The connection ended in the middle of the answer, or before it.
    struct CutShort: Error {}

    private typealias Connection = NIOAsyncChannel<HTTPClientResponsePart, HTTPClientRequestPart>

    func run() async throws -> Reply {
        try await connect().executeThenClose { inbound, outbound in
            try await outbound.write(contentsOf: request)
            return try await receive(inbound)
        }
    }

    private func connect() async throws -> Connection {
        let bootstrap = ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
        let prepare = { @Sendable (channel: any Channel) in
            channel.eventLoop.makeCompletedFuture {
                try channel.pipeline.syncOperations.addHTTPClientHandlers()
                return try Connection(wrappingChannelSynchronously: channel)
            }
        }
        return switch place {
        case .socket(let path):
            try await bootstrap.connect(unixDomainSocketPath: path, channelInitializer: prepare)
        case .host(let name, let port):
            try await bootstrap.connect(host: name, port: port, channelInitializer: prepare)
        }
    }

    private var request: [HTTPClientRequestPart] {
        let content = body.map { HTTPClientRequestPart.body(.byteBuffer(ByteBuffer(string: $0))) }
        return [.head(head)] + (content.map { [$0] } ?? []) + [.end(nil)]
    }

    private func receive(
        _ inbound: NIOAsyncChannelInboundStream<HTTPClientResponsePart>
    ) async throws -> Reply {
        var head: HTTPResponseHead?
        var body = ByteBuffer()
        for try await part in inbound {
            switch part {
            case .head(let received): head = received
            case .body(let bytes):
                guard body.readableBytes + bytes.readableBytes <= ControlLimits.answerBytes else {
                    throw TooLarge()
                }
                body.writeImmutableBuffer(bytes)
            case .end:
                guard let head else { throw CutShort() }
                return Reply(
                    status: head.status,
                    mediaType: head.headers["content-type"].first ?? "",
                    location: head.headers["location"].first,
                    body: body
                )
            }
        }
        throw CutShort()
    }
}
