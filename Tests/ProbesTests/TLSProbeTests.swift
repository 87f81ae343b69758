import Core
import Foundation
import Glibc
import Net
import NIOCore
import NIOPosix
import NIOSSL
@testable import Probes
import Testing
import TestSupport

/// Handshakes of TLS, and HTTP over it, with real servers on the loopback.
@Suite(.timeLimit(.minutes(10))) struct TLSProbeTests {
    /// A server with one of our certificates, which plays `manner` inside of TLS.
    private static func serve<Result>(
        _ manner: LoopbackServer.Manner = .mute,
        certificate: String = Certificates.server,
        key: String = Certificates.serverKey,
        protocols: [String] = [],
        on host: String = "127.0.0.1",
        _ body: (Endpoint) async throws -> Result
    ) async throws -> Result {
        let chain = try NIOSSLCertificate.fromPEMBytes(Array(certificate.utf8))
        var configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: chain.map { .certificate($0) },
            privateKey: .privateKey(try NIOSSLPrivateKey(bytes: Array(key.utf8), format: .pem))
        )
        configuration.applicationProtocols = protocols
        let context = try NIOSSLContext(configuration: configuration)
        return try await LoopbackServer.run(
            manner,
            on: host,
            inside: { [NIOSSLServerHandler(context: context)] },
            body
        )
    }

    /// Runs `body` with terms that trust our authority.
    private static func trusting<Result>(
        _ name: String? = nil,
        protocols: [String] = [],
        _ body: (TLSTerms) async throws -> Result
    ) async throws -> Result {
        let file = FileManager.default.temporaryDirectory
            .appending(path: "penstock-ca-\(UUID().uuidString).pem")
        try Data(Certificates.authority.utf8).write(to: file)
        defer {
            do {
                try FileManager.default.removeItem(at: file)
            } catch {
                Issue.record("\(file.path()) stays: \(error)")
            }
        }
        let terms = TLSTerms(
            serverName: name,
            authorities: file.path(),
            protocols: protocols
        )
        return try await body(terms)
    }

    @Test(
        arguments: [
            ("127.0.0.1", nil), ("::1", nil), ("127.0.0.1", "www.example.org"),
        ] as [(String, String?)]
    )
    func healthy(host: String, name: String?) async throws {
        let outcome = try await Self.trusting(name) { terms in
            try await Self.serve(on: host) { await Trial.patient($0, .tls(terms)) }
        }
        #expect(outcome.code == .l6ok, "\(outcome)")
        // From the time of the trial, which is the end of the certificate less a hundred days.
        #expect(outcome.detail == "TLS 1.3, certificate ends in 100 days")
    }

    /// Of neither the name nor the address: 127.0.0.2 is this host too, and not in the certificate.
    @Test func anotherName() async throws {
        let outcome = try await Self.trusting("www.example.com") { terms in
            try await Self.serve(on: "127.0.0.2") { await Trial.patient($0, .tls(terms)) }
        }
        #expect(outcome.code == .l6response)
        #expect(outcome.detail == "the certificate is of another name")
    }

    @Test func anAuthorityThatIsNotTrusted() async throws {
        let outcome = try await Self.serve { await Trial.patient($0, .tls(TLSTerms())) }
        #expect(outcome.code == .l6response)
        #expect(outcome.detail.hasPrefix("certificate verify failed"), "\(outcome)")
    }

    @Test func aCertificateThatHasEnded() async throws {
        let outcome = try await Self.trusting { terms in
            try await Self.serve(certificate: Certificates.ended, key: Certificates.endedKey) {
                await Trial.patient($0, .tls(terms))
            }
        }
        #expect(outcome.code == .l6response)
        #expect(outcome.detail.hasPrefix("certificate verify failed"), "\(outcome)")
        let lax = try await Self.serve(
            certificate: Certificates.ended,
            key: Certificates.endedKey
        ) { await Trial.patient($0, .tls(TLSTerms(verifies: false))) }
        #expect(lax.code == .l6ok)
        #expect(lax.detail.hasPrefix("TLS 1.3, certificate ended "), "\(lax)")
    }

    @Test func authoritiesThatAreNotThereSayNothing() async throws {
        let terms = TLSTerms(authorities: "/nowhere/ca.pem")
        let outcome = try await Self.serve { await Trial.patient($0, .tls(terms)) }
        #expect(outcome.code == .socketError)
        #expect(outcome.detail.hasPrefix("cannot read the authorities of /nowhere/ca.pem"))
    }

    @Test(arguments: [
        (["h2", "http/1.1"], Outcome.Code.l6ok, "TLS 1.3, h2, certificate ends in 100 days"),
        (["http/1.1"], .l6response, "TLS 1.3, but no protocol was chosen of http/1.1"),
    ])
    func protocols(offered: [String], code: Outcome.Code, detail: String) async throws {
        let outcome = try await Self.trusting(protocols: offered) { terms in
            try await Self.serve(protocols: ["h2"]) { await Trial.patient($0, .tls(terms)) }
        }
        #expect(outcome.code == code)
        #expect(outcome.detail == detail)
    }

    // MARK: HTTP

    private static let ok = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nready"

    private static func get(_ terms: TLSTerms, body: String = "ready") -> Check.Method {
        .http(HTTPExpectation(body: .containing(Array(body.utf8)), tls: terms))
    }

    @Test(arguments: ["127.0.0.1", "::1"])
    func healthyOverHTTPS(host: String) async throws {
        let outcome = try await Self.trusting { terms in
            try await Self.serve(.answer(Array(Self.ok.utf8), thenCloses: false), on: host) {
                await Trial.patient($0, Self.get(terms))
            }
        }
        #expect(outcome.code == .l7ok, "\(outcome)")
        #expect(outcome.status == 200)
        #expect(outcome.detail == "200 OK")
    }

    /// A certificate that ends soon is remarked upon, and fails nothing.
    @Test func aCertificateThatEndsSoon() async throws {
        let outcome = try await Self.trusting { terms in
            var terms = terms
            terms.warnDays = 101
            return try await Self.serve(.answer(Array(Self.ok.utf8), thenCloses: true)) {
                await Trial.patient($0, Self.get(terms))
            }
        }
        #expect(outcome.code == .l7ok)
        #expect(outcome.detail == "200 OK; certificate ends in 100 days")
    }

    /// The end without TLS's own notice is an end.
    @Test func aBodyThatEndsWithTheConnection() async throws {
        let text = "HTTP/1.0 200 OK\r\n\r\nnot yet"
        for manner in [
            LoopbackServer.Manner.answer(Array(text.utf8), thenCloses: true),
            .answerAndHangUp(Array(text.utf8)),
        ] {
            let outcome = try await Self.serve(manner) {
                await Trial.patient($0, Self.get(TLSTerms(verifies: false)))
            }
            #expect(outcome.code == .l7response, "\(outcome)")
            #expect(outcome.detail == "200 OK, but the body does not hold the expected text")
        }
    }

    // MARK: Hostile servers

    private static let lax = TLSTerms(verifies: false)

    /// What comes instead of a handshake: nothing, one byte at a time, text, noise, an end.
    @Test(arguments: [
        LoopbackServer.Manner.mute,
        // The beginning of a record that never becomes whole.
        .drip([0x16, 0x03, 0x03, 0x40, 0x00]),
    ])
    func hangs(manner: LoopbackServer.Manner) async throws {
        for method in [Check.Method.tls(Self.lax), Self.get(Self.lax)] {
            let outcome = try await LoopbackServer.run(manner) { await Trial.brief($0, method) }
            #expect(outcome.code == .l6timeout || outcome.code == .l6response, "\(outcome)")
            if case .mute = manner {
                #expect(outcome.detail == "connected, no handshake within 400ms")
            }
        }
    }

    @Test(arguments: [true, false])
    func hangsUp(reset: Bool) async throws {
        let outcome = try await LoopbackServer.run(.hangUp(reset: reset)) {
            await Trial.patient($0, .tls(Self.lax))
        }
        // On the loopback the RST may be there before the connection was looked at.
        #expect(outcome.code == .l6response || reset && outcome.code == .l4connection, "\(outcome)")
    }

    @Test func speaksPlainText() async throws {
        let outcome = try await LoopbackServer.run(
            .answer(Array("HTTP/1.1 400 Bad Request\r\n\r\n".utf8), thenCloses: false)
        ) { await Trial.patient($0, .tls(Self.lax)) }
        #expect(outcome.code == .l6response)
        #expect(
            outcome.detail == "wrong version number" || outcome.detail == "http request",
            "\(outcome)"
        )
    }

    @Test func floods() async throws {
        let noise = [UInt8](repeating: 0x16, count: 4096)
        let outcome = try await LoopbackServer.run(.flood(noise, filler: noise)) {
            await Trial.patient($0, .tls(Self.lax))
        }
        #expect(outcome.code == .l6response, "\(outcome)")
    }

    @Test func neverAnswersInside() async throws {
        let outcome = try await Self.serve { await Trial.brief($0, Self.get(Self.lax)) }
        #expect(outcome.code == .l7timeout || outcome.code == .l6timeout, "\(outcome)")
    }

    @Test(arguments: UInt64(0)..<30)
    func randomBytes(seed: UInt64) async throws {
        var generator = SeededGenerator(seed: seed)
        let starts: [[UInt8]] = [
            [], [0x16, 0x03, 0x03, 0x00, 0x7a, 0x02], [0x15, 0x03, 0x03, 0, 2],
        ]
        let start = starts.randomElement(using: &generator) ?? []
        let noise = (0..<Int.random(in: 0...2000, using: &generator)).map { _ in
            UInt8.random(in: 0...255, using: &generator)
        }
        let closes = Bool.random(using: &generator)
        let outcome = try await LoopbackServer.run(.answer(start + noise, thenCloses: closes)) {
            await Trial.brief($0, .tls(Self.lax))
        }
        #expect(outcome.verdict == .failed, "seed \(seed): \(outcome)")
        #expect(outcome.detail.utf8.allSatisfy { (0x20...0x7e).contains($0) }, "seed \(seed)")
    }
}

/// The terms of TLS and what is kept of them, without a server.
@Suite struct TLSContextsTests {
    @Test func authoritiesAreReadAnewInTime() throws {
        let contexts = TLSContexts()
        let start = NIODeadline.uptimeNanoseconds(1)
        let first = try contexts.context(for: TLSTerms(serverName: "a"), now: start)
        let same = try contexts.context(
            for: TLSTerms(serverName: "b", warnDays: 3),
            now: start + TLSContexts.lifetime - .nanoseconds(1)
        )
        #expect(first === same)
        let other = try contexts.context(for: TLSTerms(verifies: false), now: start)
        #expect(other !== first)
        let later = try contexts.context(for: TLSTerms(), now: start + TLSContexts.lifetime)
        #expect(later !== first)
    }

    @Test(arguments: [
        (Duration.seconds(86_400 * 3 + 5), "certificate ends in 3 days"),
        (.seconds(86_400), "certificate ends in 1 day"), (.zero, "certificate ends in 0 days"),
        (.seconds(-86_400 * 2), "certificate ended 2 days ago"),
    ])
    func theRestOfACertificateIsToldInDays(left: Duration, words: String) {
        #expect(Handshake.words(left) == words)
    }
}
