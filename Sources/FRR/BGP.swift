import FoundationEssentials
package import Logging
package import Net
package import NIOCore
import NIOPosix

/// bgpd's default BGP instance, through its VTY socket.
///
/// There are two connections. Writes have their own, because a `show` of a large table takes
/// seconds and a withdrawal must not wait behind it. Nothing here decides: it reports what bgpd
/// has, and writes what it is told if the instance is the expected one.
package struct BGP: Sendable {
    /// Where Debian's FRR has its socket; a path-space or another build has it elsewhere.
    package static let defaultSocket = "/run/frr/bgpd.vty"

    /// The connection for `apply`.
    package let writer: VTYSession
    /// The connection for everything else.
    package let reader: VTYSession
    /// The number that the instance must have before anything is written.
    package let asn: ASN
    private let allowances: VTYAllowances

    /// The client of the bgpd behind `socket`, not connected yet.
    ///
    /// - Parameters:
    ///   - asn: The number that the instance must have.
    ///   - socket: The path of bgpd's VTY socket.
    ///   - group: Where the connections live.
    ///   - allowances: The deadlines and reply sizes of commands.
    ///   - backoff: The waits between failed dials.
    ///   - jitter: Where their randomness comes from.
    ///   - logger: Told about connections and their ends.
    package init(
        asn: ASN,
        socket: String = BGP.defaultSocket,
        group: any EventLoopGroup,
        allowances: VTYAllowances = VTYAllowances(),
        backoff: Backoff = Backoff(),
        jitter: any RandomNumberGenerator & Sendable = SystemRandomNumberGenerator(),
        logger: Logger
    ) {
        func session() -> VTYSession {
            VTYSession(
                socket: socket,
                group: group,
                allowances: allowances,
                backoff: backoff,
                jitter: jitter,
                logger: logger
            )
        }
        self.asn = asn
        self.allowances = allowances
        writer = session()
        reader = session()
    }

    /// The client of the bgpd behind `socket`, not connected yet, on the event loops that every
    /// user of SwiftNIO in this process shares.
    ///
    /// Two connections with one command in flight each need no loops of their own.
    package init(asn: ASN, socket: String = BGP.defaultSocket, logger: Logger) {
        self.init(
            asn: asn,
            socket: socket,
            group: MultiThreadedEventLoopGroup.singleton,
            logger: logger
        )
    }

    /// Keeps both connections until the task is cancelled.
    ///
    /// - Parameter report: Told when bgpd comes and goes, as the writer sees it: on `connected`,
    ///   read everything again, for what bgpd knew may be gone.
    package func keep(reporting report: @escaping @Sendable (VTYSession.Change) async -> Void) async
    {
        await withTaskGroup { group in
            group.addTask { await writer.keep(reporting: report) }
            group.addTask { await reader.keep { _ in } }
        }
    }

    /// Ends both connections.
    package func close() async {
        await writer.close()
        await reader.close()
    }

    // MARK: Reading

    /// Asks bgpd for a sign of life, on the connection for writes.
    ///
    /// bgpd sends keepalives and BFD from other threads and processes, so its peers may see it
    /// alive while its main thread hangs and no withdrawal is possible; only this notices.
    package func ping() async throws(FRRError) {
        let vty = try await writer.connection()
        let reply = try await vty.expect(
            VTYScript([.required(.ping)], allowance: allowances.greeting)
        )
        guard reply.text == "PING\n" else {
            throw .unreadable(line: VTYLine.ping.text, reason: "it says \"\(reply.words)\"")
        }
    }

    /// Which daemon answers, in which version.
    package func version() async throws(FRRError) -> DaemonVersion {
        let reply = try await read(.showVersion)
        do {
            return try DaemonVersion(parsing: reply.text)
        } catch {
            throw .unreadable(line: VTYLine.showVersion.text, reason: "\(error)")
        }
    }

    /// The configuration in force.
    package func configuration() async throws(FRRError) -> BGPConfiguration {
        let reply = try await read(.showRunningConfiguration)
        return try BGPConfiguration(parsing: reply.text)
    }

    /// The instance's number and peers in short.
    ///
    /// - Throws: `FRRError.noInstance` when the default VRF has none.
    package func summary() async throws(FRRError) -> BGPSummary {
        try await summary(on: reader.connection())
    }

    /// The peers in full; none when there is no instance.
    package func neighbors() async throws(FRRError) -> [PeerName: BGPNeighbor] {
        let line = VTYLine.showNeighbors
        return try BGPJSON.decode(BGPNeighbors.self, from: try await read(line), to: line).peers
    }

    /// What `peer` is really sent in `family`.
    ///
    /// - Throws: `FRRError.refused` for an unknown peer and a family in which it is not activated.
    package func advertised(
        to peer: PeerName,
        _ family: AddressFamily
    ) async throws(FRRError) -> BGPAdvertised {
        let line = VTYLine.showAdvertised(to: peer, family: family)
        return try BGPJSON.decode(BGPAdvertised.self, from: try await read(line), to: line)
    }

    /// What the table has for exactly `prefix`; no paths when it has nothing.
    package func route(_ prefix: Prefix) async throws(FRRError) -> BGPRoute {
        let line = VTYLine.showRoute(prefix)
        return try BGPJSON.decode(BGPRoute.self, from: try await read(line), to: line)
    }

    /// Reads everything about the prefixes inside `owned`.
    ///
    /// It asks each established peer once per family for all it is sent, which is cheap for
    /// thousands of VIPs and not meant for a router with a full table. An error anywhere fails the
    /// whole: what was not seen is unknown.
    package func observe(owned: [Prefix]) async throws(FRRError) -> BGPObservation {
        let version = try await version()
        let configuration = try await configuration()
        guard let instance = configuration.main else {
            try await confirmNoInstance()
            return BGPObservation(
                version: version,
                instance: nil,
                peers: [:],
                sent: [:],
                relayed: [:],
                obstacles: [:]
            )
        }
        let peers = try await neighbors()
        var sent: [IPAddress: Set<PeerName>] = [:]
        var relayed: [IPAddress: Set<PeerName>] = [:]
        for (name, peer) in peers where peer.isEstablished {
            for family in peer.families.keys {
                let advertised = try await advertised(to: name, family)
                for address in Self.hosts(of: advertised.originated, within: owned) {
                    sent[address, default: []].insert(name)
                }
                for address in Self.hosts(of: advertised.relayed, within: owned) {
                    relayed[address, default: []].insert(name)
                }
            }
        }
        let explanation = BGPExplanation(routeMaps: configuration.routeMaps, peers: peers)
        let unsent = Self.hosts(of: instance.networks.keys, within: owned)
            .filter { sent[$0] == nil }
            .sorted()
        return BGPObservation(
            version: version,
            instance: instance,
            peers: peers,
            sent: sent,
            relayed: relayed,
            obstacles: try await obstacles(to: unsent, of: instance, explanation)
        )
    }

    /// A configuration without an instance could also be one that was not understood, so the
    /// summary has to say the same.
    private func confirmNoInstance() async throws(FRRError) {
        do {
            _ = try await summary()
        } catch .noInstance {
            return
        }
        throw .unreadable(
            line: VTYLine.showRunningConfiguration.text,
            reason: "it has no \"router bgp\", but the summary shows an instance"
        )
    }

    private func obstacles(
        to addresses: [IPAddress],
        of instance: BGPInstance,
        _ explanation: BGPExplanation
    ) async throws(FRRError) -> [IPAddress: [BGPObstacle]] {
        var obstacles: [IPAddress: [BGPObstacle]] = [:]
        for (index, address) in addresses.enumerated() {
            let prefix = Prefix(host: address)
            guard let network = instance.networks[prefix] else { continue }
            let route = index < VTYLimits.explainedRoutes ? try await route(prefix) : nil
            obstacles[address] = explanation.obstacles(to: network, route: route)
        }
        return obstacles
    }

    private static func hosts(
        of prefixes: some Sequence<Prefix>,
        within owned: [Prefix]
    ) -> [IPAddress] {
        prefixes.filter { prefix in prefix.isHost && owned.contains { $0.contains(prefix) } }
            .map(\.address)
    }

    private func read(_ line: VTYLine) async throws(FRRError) -> VTYReply {
        let vty = try await reader.connection()
        return try await vty.expect(VTYScript([.required(line)], allowance: allowances.show))
    }

    private func summary(on vty: VTY) async throws(FRRError) -> BGPSummary {
        let line = VTYLine.showSummary
        let reply = try await vty.command(line)
        // `{}` with status 1 is bgpd's way to say so; with status 0 it is an instance with no peer.
        if reply.status == .warning { throw .noInstance }
        guard reply.status == .success else {
            throw .refused(line: line.text, status: reply.status, words: reply.words)
        }
        return try BGPJSON.decode(BGPSummary.self, from: reply, to: line)
    }

    // MARK: Writing

    /// Executes `batch`, withdrawals first, and says what became of each statement.
    ///
    /// The instance is looked at before each piece of `VTYLimits.chunkLines` statements, so nothing
    /// is ever written to an instance with another number, or to a bgpd that has just started and
    /// not read its configuration: there `router bgp` would create one. An accepted statement
    /// proves nothing about peers. After an error the outcome is unknown. Read back in both cases.
    ///
    /// - Throws: `FRRError.noInstance`, `FRRError.otherASN`, `FRRError.refused` for a line that
    ///   leads into a node, and whatever ends a connection.
    package func apply(
        _ batch: BGPBatch
    ) async throws(FRRError) -> [BGPBatch.Statement: BGPBatch.Outcome] {
        let vty = try await writer.connection()
        var outcomes: [BGPBatch.Statement: BGPBatch.Outcome] = [:]
        for chunk in batch.chunks {
            let entry = try await verifiedEntry(on: vty)
            let script = chunk.script(entering: entry, allowance: allowances.configure)
            let found = try chunk.outcomes(of: script, replies: try await vty.run(script))
            for (statement, outcome) in zip(chunk.statements, found) {
                outcomes[statement] = outcome
            }
        }
        return outcomes
    }

    /// The line that enters the instance, once it has shown the expected number.
    private func verifiedEntry(on vty: VTY) async throws(FRRError) -> VTYLine {
        let running: ASN
        if let number = try await summary(on: vty).asn {
            running = number
        } else {
            // Without peers only the configuration names it.
            let line = VTYLine.showRunningConfiguration
            let script = VTYScript([.required(line)], allowance: allowances.show)
            let configuration = try BGPConfiguration(parsing: try await vty.expect(script).text)
            guard let instance = configuration.main else { throw .noInstance }
            running = instance.asn
        }
        guard running == asn else { throw .otherASN(configured: asn, running: running) }
        // Without a number it never creates an instance, but is refused when there are several;
        // then the number, which was seen a moment ago, says which (bgpd/bgp_vty.c `router_bgp`).
        let line = VTYLine.showVRFs
        let reply = try await vty.expect(VTYScript([.required(line)], allowance: allowances.show))
        let count = try BGPJSON.decode(InstanceCount.self, from: reply, to: line).totalVrfs
        return count == 1 ? .routerBGP : .routerBGP(asn)
    }
}

/// How many instances there are: the end of `show bgp vrfs json`.
private struct InstanceCount: Decodable {
    let totalVrfs: Int
}
