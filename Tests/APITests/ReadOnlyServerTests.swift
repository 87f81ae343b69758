import API
import Core
import Logging
import Net
import NIOCore
import NIOPosix
import ServiceLifecycle
import TestSupport
import Testing

/// The listener over TCP, asked over real loopback connections.
struct ReadOnlyServerTests {
    private let director: StagedDirector

    init() throws { director = StagedDirector(try SampleSnapshot.mixed()) }

    /// A port that was free a moment ago; whoever takes it meanwhile fails a test visibly.
    ///
    /// Below those that the kernel gives to whoever wants any (ip(7), ip_local_port_range), of
    /// which the other tests take a great many.
    private func freePort() async throws -> Int {
        for port in (20_000..<30_000).shuffled() {
            do {
                try await holder(of: port).close()
                return port
            } catch {
                continue  // Taken: the next one.
            }
        }
        throw ChannelError.operationUnsupported
    }

    private func holder(of port: Int) async throws -> any Channel {
        try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .bind(host: "127.0.0.1", port: port).get()
    }

    private func server(_ port: Int, _ trouble: ReadOnlyServer.Trouble) throws -> ReadOnlyServer {
        ReadOnlyServer(
            endpoint: Endpoint(try IPAddress(parsing: "127.0.0.1"), Port(UInt16(port))),
            names: ["ams1-dir-a"],
            controls: director.controls,
            trouble: trouble,
            logger: .silent
        )
    }

    private func withServer<Value: Sendable>(
        _ body: (ControlClient) async throws -> Value
    ) async throws -> Value {
        let port = try await freePort()
        let group = ServiceGroup(
            services: [try server(port, ReadOnlyServer.Trouble())],
            logger: .silent
        )
        async let run: Void = group.run()
        let client = ControlClient(at: .host("127.0.0.1", port), timeout: TestDirectory.hang)
        try await client.waitUntilServed()
        let value = try await body(client)
        await group.triggerGracefulShutdown()
        try await run
        return value
    }

    @Test func showsWhatTheSocketShows() async throws {
        try await withServer { client in
            let snapshot: Snapshot = try await client.get("/v1/status")
            #expect(try snapshot == SampleSnapshot.mixed())
            let web: VIPStatus = try await client.get("/v1/vips/web")
            #expect(web.name == "web")
            #expect(try await client.send(.get, "/healthz").status == 200)
            #expect(try await client.send(.get, "/readyz").status == 200)
            let metrics = try await client.send(.get, "/metrics").body
            let page = try PrometheusText(parsing: metrics)
            #expect(page.value("penstock_vip_advertised", ["vip": "web"]) == 1)
            let asked = ["listener": "http", "route": "/healthz", "code": "200"]
            #expect(page.value("penstock_http_requests_total", asked) == 1)
        }
    }

    @Test(arguments: [
        (ControlClient.Method.put, "/v1/node/state"), (.post, "/v1/reload"), (.post, "/v1/plan"),
        (.post, "/v1/status"),
    ])
    func changesNothing(method: ControlClient.Method, path: String) async throws {
        let failure = try await withServer { client in
            try await client.failure(method, path, body: #"{"state":"drained"}"#)
        }
        #expect(failure.fault.code == "D405")
        #expect(director.requests.isEmpty)
    }

    @Test func aTakenPortIsSaidAndWaitedFor() async throws {
        let port = try await freePort()
        let other = try await holder(of: port)
        let trouble = ReadOnlyServer.Trouble()
        let group = ServiceGroup(services: [try server(port, trouble)], logger: .silent)
        async let run: Void = group.run()
        let deadline = ContinuousClock.now + .seconds(60)
        while trouble.fault == nil, ContinuousClock.now < deadline {
            try await Task.sleep(for: .milliseconds(5))
        }
        #expect(trouble.fault?.code == "D416")
        #expect(trouble.fault?.because == "another program has that port")
        try await other.close()
        let client = ControlClient(at: .host("127.0.0.1", port), timeout: TestDirectory.hang)
        try await client.waitUntilServed()
        #expect(trouble.fault == nil)
        await group.triggerGracefulShutdown()
        try await run
    }

    @Test func endsWhileItWaits() async throws {
        let port = try await freePort()
        let other = try await holder(of: port)
        let trouble = ReadOnlyServer.Trouble()
        let group = ServiceGroup(services: [try server(port, trouble)], logger: .silent)
        async let run: Void = group.run()
        let deadline = ContinuousClock.now + .seconds(60)
        while trouble.fault == nil, ContinuousClock.now < deadline {
            try await Task.sleep(for: .milliseconds(5))
        }
        await group.triggerGracefulShutdown()
        try await run
        try await other.close()
    }

    @Test func nobodyThereIsToldFromADaemonThatIsDown() async throws {
        let port = try await freePort()
        let client = ControlClient(at: .host("127.0.0.1", port), timeout: TestDirectory.hang)
        let failure = try await client.failure(.get, "/v1/status")
        #expect(failure.kind == .unreachable)
        #expect(failure.fault.summary == "no penstock answers at http://127.0.0.1:\(port)")
    }
}
