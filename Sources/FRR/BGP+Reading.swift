public import Net

extension BGP {
    /// Which daemon answers, in which version.
    public func version() async throws(FRRError) -> DaemonVersion {
        let vty = try await reader.connection()
        if let daemon = vty.daemon { return daemon }
        let reply = try await read(.showVersion, on: vty)
        do {
            return try DaemonVersion(parsing: reply.text)
        } catch {
            throw .unreadable(line: VTYLine.showVersion.text, reason: "\(error)")
        }
    }

    /// The configuration in force, of all instances.
    public func configuration() async throws(FRRError) -> BGPConfiguration {
        try await configuration(on: reader.connection())
    }

    /// The instance's number and peers in short.
    ///
    /// - Throws: `FRRError.noInstance` when the VRF has none.
    public func summary() async throws(FRRError) -> BGPSummary {
        try await summary(on: reader.connection())
    }

    /// The peers in full; none when there is no instance.
    public func neighbors() async throws(FRRError) -> [PeerName: BGPNeighbor] {
        try await neighbors(on: reader.connection())
    }

    /// What `peer` is really sent in `family`.
    ///
    /// - Throws: `FRRError.refused` for an unknown peer and a family in which it is not activated.
    public func advertised(
        to peer: PeerName,
        _ family: AddressFamily = .v4
    ) async throws(FRRError) -> BGPAdvertised {
        try await advertised(to: peer, family, on: reader.connection())
    }

    /// What the table has for exactly `prefix`; no paths when it has nothing.
    public func route(_ prefix: Prefix) async throws(FRRError) -> BGPRoute {
        try await route(prefix, on: reader.connection())
    }

    // MARK: On one connection

    func configuration(on vty: VTY) async throws(FRRError) -> BGPConfiguration {
        try BGPConfiguration(try await read(.showRunningConfiguration, on: vty).bytes)
    }

    func summary(on vty: VTY) async throws(FRRError) -> BGPSummary {
        let dialect = try dialect(of: vty)
        var replies: [VTYReply] = []
        for line in dialect.summaries {
            let reply = try await vty.command(line)
            // With status 1 it is bgpd's way to say that there is none (FRR with `{}`); with
            // status 0 an empty one is an instance with no peer.
            if reply.status == .warning { throw .noInstance }
            if reply.status == .noMatch { throw .notBGPD(socket: socket) }
            guard reply.status == .success else {
                throw .refused(line: line.text, status: reply.status, words: reply.words)
            }
            replies.append(reply)
        }
        return try dialect.summary(replies)
    }

    func neighbors(on vty: VTY) async throws(FRRError) -> [PeerName: BGPNeighbor] {
        let dialect = try dialect(of: vty)
        return try dialect.neighbors(try await read(dialect.neighbors, on: vty))
    }

    func advertised(
        to peer: PeerName,
        _ family: AddressFamily,
        on vty: VTY
    ) async throws(FRRError) -> BGPAdvertised {
        let dialect = try dialect(of: vty)
        let line = dialect.advertised(to: peer, family)
        return try dialect.advertised(try await read(line, on: vty), to: line)
    }

    func route(_ prefix: Prefix, on vty: VTY) async throws(FRRError) -> BGPRoute {
        let dialect = try dialect(of: vty)
        let line = dialect.route(prefix)
        let reply = try await vty.command(line)
        // FRR says `{}` with status 0, Quagga "% Network not in table" with status 1.
        if dialect == .quagga, reply.status == .warning {
            return BGPRoute(paths: [], advertisedTo: [])
        }
        guard reply.status == .success else {
            throw .refused(line: line.text, status: reply.status, words: reply.words)
        }
        return try dialect.route(reply, to: line)
    }

    func read(_ line: VTYLine, on vty: VTY) async throws(FRRError) -> VTYReply {
        try await vty.expect(VTYScript([.required(line)], allowance: allowances.show))
    }
}
