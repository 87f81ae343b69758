import IPVS
import Net
import Netlink
import Testing

/// What a real kernel said, and what it took from ipvsadm.
@Suite struct CapturedTests {
    static let services = [
        CapturedServices.maglev, CapturedServices.persistent, CapturedServices.mark,
        CapturedServices.markV6, CapturedServices.counted,
    ]
    static let destinations = [
        CapturedDestinations.tunnel, CapturedDestinations.direct, CapturedDestinations.directV6,
        CapturedDestinations.masquerade, CapturedDestinations.otherFamily,
        CapturedDestinations.counted,
    ]
    /// Three connections of one packet with 1000 bytes each, over masquerading.
    static let counted = Statistics(
        total: Traffic(
            connections: 3,
            inPackets: 9,
            outPackets: 6,
            inBytes: 3492,
            outBytes: 336
        ),
        rate: Traffic(inPackets: 1, outPackets: 1, inBytes: 327, outBytes: 31)
    )

    private func decoded(_ text: String, service: AddressFamily = .v4) throws -> Reply? {
        try Reply(decoding: message(text), service: service)
    }

    @Test func servicesReadAsAdded() throws {
        let vip6 = ServiceIdentity.address(try address("2001:db8::10"), .udp, 53)
        let expected: [(String, Service, Statistics)] = [
            (
                CapturedServices.maglev,
                Service(try tcp("192.0.2.10", 443), scheduler: .maglev, flags: .fallback),
                Statistics()
            ),
            (
                CapturedServices.persistent,
                Service(
                    vip6,
                    scheduler: .weightedLeastConnection,
                    flags: .onePacket,
                    persistence: Persistence(timeout: 300, granularity: 64)
                ),
                Statistics()
            ),
            (
                CapturedServices.mark,
                Service(
                    .mark(77, .v4),
                    scheduler: .roundRobin,
                    persistence: Persistence(timeout: 60, granularity: 24)
                ),
                Statistics()
            ),
            (
                CapturedServices.markV6,
                Service(.mark(78, .v6), scheduler: .sourceHashing, flags: .port),
                Statistics()
            ),
            (
                CapturedServices.counted,
                Service(try tcp("10.9.0.1", 9000), scheduler: .roundRobin),
                Self.counted
            ),
        ]
        for (text, service, statistics) in expected {
            let reply = Reply.service(ObservedService(service, statistics))
            #expect(try decoded(text) == reply)
            // We can play the kernel to the byte.
            #expect(try reply.message(family: 32) == message(text))
        }
    }

    @Test func daemonsReadAsStarted() throws {
        let master = SyncDaemon(
            .master,
            interface: "fabric0",
            identifier: 7,
            maximumLength: 1472,
            group: try address("224.0.0.81"),
            port: 8848,
            timeToLive: 1
        )
        let backup = SyncDaemon(
            .backup,
            interface: "fabric0",
            identifier: 255,
            maximumLength: 1300,
            group: try address("ff02::82"),
            port: 9000,
            timeToLive: 3
        )
        for (text, daemon) in [
            (CapturedDaemons.master, master), (CapturedDaemons.backup, backup),
        ] {
            #expect(try decoded(text) == .daemon(daemon))
            #expect(try Reply.daemon(daemon).message(family: 32) == message(text))
        }
    }

    @Test func destinationsReadAsAdded() throws {
        let gue = Tunnel(.gue, port: 6080, flags: .checksum)
        let expected: [(String, Destination)] = [
            (
                CapturedDestinations.tunnel,
                Destination(
                    try endpoint("10.9.0.12", 443),
                    forwarding: .tunnel(gue),
                    weight: 0,
                    upperThreshold: 1000,
                    lowerThreshold: 750
                )
            ),
            (
                CapturedDestinations.direct,
                Destination(try endpoint("10.9.0.11", 443), forwarding: .directRouting, weight: 50)
            ),
            (
                CapturedDestinations.directV6,
                Destination(
                    try endpoint("2001:db8:9::53", 53),
                    forwarding: .directRouting,
                    weight: 65535
                )
            ),
            (
                CapturedDestinations.masquerade,
                Destination(try endpoint("10.9.0.13", 8080), forwarding: .masquerade, weight: 5)
            ),
            (
                CapturedDestinations.otherFamily,
                Destination(
                    try endpoint("10.9.0.14", 0),
                    forwarding: .tunnel(Tunnel(.gre)),
                    weight: 7
                )
            ),
        ]
        for (text, destination) in expected {
            let seen = ObservedDestination(destination, Connections(), Statistics())
            // The family of the service is not that of every one of them.
            #expect(try decoded(text, service: .v6) == .destination(seen))
        }
        let seen = ObservedDestination(
            Destination(try endpoint("127.0.0.1", 9001), forwarding: .masquerade, weight: 1),
            Connections(active: 3),
            Self.counted
        )
        #expect(try decoded(CapturedDestinations.counted) == .destination(seen))
    }

    @Test func settingsRead() throws {
        let info = Info(version: 0x010201, connectionTableSize: 4096)
        #expect(try decoded(CapturedServices.info) == .info(info))
        #expect(info.versionText == "1.2.1")
        let timeouts = Timeouts(tcp: 900, tcpFin: 120, udp: 300)
        #expect(try decoded(CapturedServices.timeouts) == .timeouts(timeouts))
    }

    @Test func requestsOfIpvsadmRead() throws {
        let vip = try tcp("192.0.2.10", 443)
        let direct = try endpoint("10.9.0.11", 443)
        let expected: [(String, IPVS.Operation)] = [
            (
                CapturedRequests.newMaglev,
                .newService(Service(vip, scheduler: .maglev, flags: [.fallback, .port]))
            ),
            (
                CapturedRequests.setService,
                .updateService(Service(vip, scheduler: .maglev, flags: .fallback))
            ),
            (
                CapturedRequests.newMarkV6,
                .newService(Service(.mark(78, .v6), scheduler: .sourceHashing, flags: .port))
            ),
            (
                CapturedRequests.newDirect,
                .newDestination(
                    Destination(direct, forwarding: .directRouting, weight: 100),
                    of: vip
                )
            ),
            (
                CapturedRequests.setDestination,
                .updateDestination(
                    Destination(direct, forwarding: .directRouting, weight: 50),
                    of: vip
                )
            ),
            (
                CapturedRequests.newOtherFamily,
                .newDestination(
                    Destination(
                        try endpoint("10.9.0.14", 0),
                        forwarding: .tunnel(Tunnel(.gre)),
                        weight: 7
                    ),
                    of: .mark(78, .v6)
                )
            ),
            (
                CapturedRequests.deleteDestination,
                .deleteDestination(try endpoint("10.9.0.12", 443), of: vip)
            ),
            (CapturedRequests.deleteService, .deleteService(.mark(78, .v6))),
            (
                CapturedRequests.setTimeouts,
                .setTimeouts(Timeouts(tcp: 900, tcpFin: 120, udp: 300))
            ),
            (CapturedRequests.zero, .zero(vip)),
            (CapturedRequests.flush, .flush),
        ]
        for (text, operation) in expected {
            #expect(try Request(decoding: message(text)) == .change(operation))
        }
    }

    @Test func servicesAreSentAsIpvsadmDoes() throws {
        let texts = [
            CapturedRequests.newMaglev, CapturedRequests.newPersistent, CapturedRequests.newMark,
            CapturedRequests.newMarkV6, CapturedRequests.setService, CapturedRequests.setTimeouts,
            CapturedRequests.flush,
        ]
        for text in texts {
            var theirs = try message(text)
            let ours = try Request(decoding: theirs).message(family: 32)
            // ipvsadm marks the service as nested, which the kernel does not ask for.
            if theirs.payload.count > 7 { theirs.payload[7] &= 0x7f }
            #expect(ours == theirs)
        }
    }

    @Test func truncatedAnywhereIsMalformed() throws {
        let replies =
            Self.services + Self.destinations + [CapturedServices.info, CapturedServices.timeouts]
        for text in replies {
            let whole = try message(text)
            for count in 0..<whole.payload.count {
                let cut = Message(type: 32, payload: Array(whole.payload.prefix(count)))
                #expect(throws: NetlinkError.self) { try Reply(decoding: cut, service: .v4) }
            }
        }
    }

    /// Cuts the list of attributes itself, so that every length fits: what is then missing must
    /// be noticed, but for the wide statistics, which old kernels do not have.
    @Test func missingAttributesAreNoticed() throws {
        for text in Self.services + Self.destinations {
            let whole = try bytes(text)
            let attributes = whole.dropFirst(8)
            var wideStatistics = 0
            for count in 0..<attributes.count {
                var writer = AttributeWriter(after: Array(whole.prefix(4)))
                let type = try #require(UInt16(hostOrder: whole[6..<8]))
                writer.put(type, attributes.prefix(count))
                let cut = Message(type: 32, payload: writer.bytes)
                do {
                    _ = try Reply(decoding: cut, service: .v4)
                    wideStatistics += 1
                } catch {
                    continue
                }
            }
            #expect(wideStatistics == 1)
        }
    }
}
