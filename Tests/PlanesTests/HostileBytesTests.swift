import Core
import FRR
import Foundation
import Link
import Logging
import Net
import NIOCore
import NIOPosix
import Settings
import Synchronization
import Testing

@testable import Planes

/// Whatever a configuration holds, and is accepted: these are the bytes that reach bgpd because of
/// it.
@Suite(.timeLimit(.minutes(10))) struct HostileBytesTests {
    private static let order = "no router bgp 65001"

    /// Words that would be commands, comments, filters of output or longer lines.
    private static let words = [
        "a\\nexit\\n\(order)", "a\\r\(order)", "a; \(order)", "a \(order)", "a\\0\(order)",
        "a | \(order)", "\(order)", "!\(order)", "a\\u2028\(order)", "$(\(order))",
    ]

    /// Where a word can stand, with `%` in its place.
    private static let places = [
        ("# node", "node: { name: % }"), ("# node", "node: { labels: { site: % } }"),
        ("# drain", "drain: { file: % }"), ("# drain", "drain: { announce: % }"),
        ("  # bgp", "  vrf: %"), ("  # bgp", "  communities: [%]"),
        ("  # bgp", "  large-communities: [%]"), ("  # bgp", "  pipeline: %"),
        ("name: web", "name: %"), ("name: http,", "name: %,"),
        ("[10.2.0.1]", "[{ address: 10.2.0.1, note: % }]"),
        ("advertise: {", "advertise: { communities: [%],"),
        ("advertise: {", "advertise: { large-communities: [%],"),
        ("advertise: {", "advertise: { speaker: %,"), ("path: /", "path: %"),
        ("path: /", "path: /, host: %"),
    ]

    private static let text = """
        version: 1
        # node
        # drain
        bgp:
          asn: 65001
          owned-prefixes: [203.0.113.0/24]
          communities: ["65001:100"]
          # bgp
        vips:
          - name: web
            address: 203.0.113.10
            advertise: { med: 5, prepend: 2 }
            services:
              - { name: http, listen: 80/tcp, checks: [{ type: http, path: / }], backends: [10.2.0.1] }

        """

    /// Everything that is said to a bgpd when the VIPs of `text` are announced, softened, looked at
    /// and withdrawn; `nil` when the text is refused.
    private static func bytes(of text: String) async throws -> [UInt8]? {
        let intent: Intent
        do {
            intent = try Settings.load(text: text, file: "p.yaml", hostName: "test").intent
        } catch {
            return nil
        }
        let listener = try await VTYEar()
        let speaker = intent.bgp.mainSpeaker
        let plane = NetworkSpeaker(
            speaker,
            owned: intent.bgp.watchedPrefixes,
            bgpd: BGP(
                asn: speaker.asn,
                vrf: try speaker.vrf.map { try VRFName(parsing: $0) },
                socket: listener.socket
            ),
            zebra: PlayedTable(router: PlayedRouter())
        )
        for vip in intent.vips {
            _ = try await plane.observe()
            let soft = Announcement(.soft, vip.attributes)
            for change: Change in [
                .announce(vip.address, Announcement(.normal, vip.attributes), by: speaker.name),
                .announce(vip.address, soft, by: speaker.name),
                .withdraw(vip.address, by: speaker.name),
            ] {
                _ = await plane.apply([change])
                _ = try await plane.observe()
            }
            _ = await plane.evidence(of: vip.address)
        }
        try await listener.close()
        return listener.bytes
    }

    private static func check(_ bytes: [UInt8]) {
        let lines = bytes.split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
        #expect(lines.count > 20)
        // Every line ends in its NUL, and is printable ASCII: nothing in it ends or adds a line.
        #expect(bytes.last == 0)
        #expect(bytes.allSatisfy { $0 == 0 || (0x20..<0x7f).contains($0) })
        for line in lines {
            #expect(!line.contains(order), "\(line)")
            #expect(!line.contains { "|;!#$`?\"'\\".contains($0) }, "\(line)")
            let verbs = [
                "enable", "show ", "configure terminal", "end", "exit", "router bgp",
                "address-family ", "exit-address-family", "network 203.0.113.10/32",
                "no network 203.0.113.10/32", "route-map PENSTOCK-", "no route-map PENSTOCK-",
                "set ", "no set ", "echo PING",
            ]
            #expect(verbs.contains { line.hasPrefix($0) }, "\(line)")
        }
    }

    @Test(arguments: places)
    func reachBGPDAsNothingButOurOwnLines(place: (String, String)) async throws {
        for word in Self.words {
            let line = place.1.replacing("%", with: "\"\(word)\"")
            let text = Self.text.replacing(place.0, with: line, maxReplacements: 1)
            if let bytes = try await Self.bytes(of: text) { Self.check(bytes) }
        }
    }

    /// What is checked are indeed the lines that announce, and hostile words that are accepted.
    @Test func theLinesAreThose() async throws {
        let note = Self.text.replacing(
            "[10.2.0.1]",
            with: "[{ address: 10.2.0.1, note: \"a; \(Self.order)\" }]"
        )
        let bytes = try #require(try await Self.bytes(of: note))
        Self.check(bytes)
        let said = String(decoding: bytes, as: UTF8.self)
        for words in ["network 203.0.113.10/32 route-map PENSTOCK-", "65001:100", "metric 5"] {
            #expect(said.contains(words))
        }
        #expect(!said.contains("a;"))
    }
}

/// A bgpd that writes down every byte it is told, and says yes.
private final class VTYEar: Sendable {
    let socket: String
    private let heard = Mutex<[UInt8]>([])
    private let listener = Mutex<(any Channel)?>(nil)

    var bytes: [UInt8] { heard.withLock { $0 } }

    init() async throws {
        socket = NSTemporaryDirectory() + "penstock-ear-\(UInt64.random(in: .min ... .max))"
        let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(
                        Ear { bytes in self.heard.withLock { $0 += bytes } }
                    )
                }
            }
            .bind(unixDomainSocketPath: socket, cleanupExistingSocketFile: true)
            .get()
        listener.withLock { $0 = channel }
    }

    func close() async throws { try await listener.withLock { $0 }?.close().get() }

    private static func answer(_ line: String) -> String {
        switch line.replacing(" vrf red", with: "") {
        case "show version": "FRRouting 8.4.4 (ear).\n"
        case "show bgp summary json":
            #"{"ipv4Unicast":{"as":65001,"tableVersion":1,"peers":{"10.7.0.1":{"remoteAs":65000,"#
                + #""outq":0,"peerUptimeMsec":1,"pfxRcd":0,"pfxSnt":0,"state":"Established","#
                + #""peerState":"OK","connectionsEstablished":1,"tableVersion":0}}}}"#
        case "show bgp vrfs json": #"{"totalVrfs":1}"#
        case "show running-config":
            "router bgp 65001\n address-family ipv4 unicast\n exit-address-family\nexit\n"
        case "show bgp neighbors json":
            #"{"10.7.0.1":{"remoteAs":65000,"bgpState":"Established","addressFamilyInfo":"#
                + #"{"ipv4Unicast":{}}}}"#
        case "show bgp ipv4 unicast neighbors 10.7.0.1 advertised-routes json":
            #"{"advertisedRoutes":{},"totalPrefixCounter":0}"#
        case "echo PING": "PING\n"
        case let line where line.hasSuffix(" json"): "{}"
        default: ""
        }
    }

    private final class Ear: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        typealias OutboundOut = ByteBuffer

        private let hear: @Sendable ([UInt8]) -> Void
        private var line: [UInt8] = []

        init(_ hear: @escaping @Sendable ([UInt8]) -> Void) { self.hear = hear }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            let bytes = Array(unwrapInboundIn(data).readableBytesView)
            hear(bytes)
            for byte in bytes {
                guard byte == 0 else {
                    line.append(byte)
                    continue
                }
                let answer = VTYEar.answer(String(decoding: line, as: UTF8.self))
                line = []
                let reply = ByteBuffer(bytes: Array(answer.utf8) + [0, 0, 0, 0])
                context.writeAndFlush(wrapOutboundOut(reply), promise: nil)
            }
        }
    }
}
