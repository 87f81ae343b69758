public import Net

extension BGP {
    /// Announces, and says what became of each.
    ///
    /// - Throws: What `apply` throws.
    @discardableResult
    public func advertise(
        _ announcements: [BGPAnnouncement]
    ) async throws(FRRError) -> [BGPBatch.Statement: BGPBatch.Outcome] {
        try await apply(BGPBatch(withdraw: [], announce: announcements))
    }

    /// Withdraws, and says what became of each.
    ///
    /// - Throws: What `apply` throws.
    @discardableResult
    public func withdraw(
        _ addresses: [IPAddress]
    ) async throws(FRRError) -> [BGPBatch.Statement: BGPBatch.Outcome] {
        try await apply(BGPBatch(withdraw: addresses, announce: []))
    }

    /// Executes `batch`, withdrawals first, and says what became of each statement.
    ///
    /// The instance is looked at before each piece of `VTYLimits.chunkLines` statements, so nothing
    /// is ever written to an instance with another number, or to a bgpd that has just started and
    /// not read its configuration: there `router bgp` would create one. An accepted statement
    /// proves nothing about peers. After an error the outcome is unknown. Read back in both cases.
    ///
    /// - Throws: `FRRError.noInstance`, `FRRError.otherASN`, `FRRError.locked`,
    ///   `FRRError.unsupported` before anything was written, `FRRError.refused` for a line that
    ///   leads into a node or makes a route-map, and whatever ends a connection.
    public func apply(
        _ batch: BGPBatch
    ) async throws(FRRError) -> [BGPBatch.Statement: BGPBatch.Outcome] {
        let vty = try await writer.connection()
        for map in batch.maps {
            if let problem = map.policy.problem(on: vty.daemon) { throw problem }
        }
        let pipelining = self.pipelining ?? .automatic(for: vty.daemon)
        var definitions = batch.definitions(allowance: allowances.configure)
        var outcomes: [BGPBatch.Statement: BGPBatch.Outcome] = [:]
        outcomes.reserveCapacity(batch.statements.count)
        for chunk in batch.chunks(of: VTYLimits.chunkLines(pipelining)) {
            let entry = try await verifiedEntry(on: vty)
            if chunk.announces, let script = definitions {
                try Self.check(script, try await runUnlocked(script, on: vty))
                definitions = nil
            }
            var script = chunk.script(entering: entry, allowance: allowances.configure)
            script.pipelining = pipelining
            let found = try chunk.outcomes(
                of: script,
                replies: try await runUnlocked(script, on: vty)
            )
            for (statement, outcome) in zip(chunk.statements, found) {
                outcomes[statement] = outcome
            }
        }
        return outcomes
    }

    /// Removes route-maps of ours that nothing uses, and says what became of each.
    ///
    /// The configuration is looked at first: to remove one that is in use would take routes away.
    /// Names that are not ours are left alone.
    ///
    /// - Throws: `FRRError.locked`, and whatever ends a connection.
    public func discard(
        _ names: some Sequence<RouteMapName>
    ) async throws(FRRError) -> [RouteMapName: BGPBatch.Outcome] {
        let vty = try await writer.connection()
        let configuration = try await configuration(on: vty)
        var outcomes: [RouteMapName: BGPBatch.Outcome] = [:]
        var removed: [RouteMapName] = []
        for name in Set(names).sorted() where name.level != nil {
            if configuration.uses(name) {
                outcomes[name] = .refused(.routeMapInUse(name))
            } else if !configuration.routeMaps.contains(name.description) {
                outcomes[name] = .alreadyAbsent
            } else {
                removed.append(name)
            }
        }
        guard !removed.isEmpty else { return outcomes }
        let way: [VTYScript.Step] = [.required(.end), .required(.configureTerminal)]
        let script = VTYScript(
            way + removed.map { .reported(.noRouteMap($0)) },
            closing: .end,
            allowance: allowances.configure
        )
        let replies = try await runUnlocked(script, on: vty)
        try Self.check(VTYScript(way, allowance: script.allowance), replies)
        for (name, reply) in zip(removed, replies.dropFirst(way.count)) {
            outcomes[name] =
                reply.status == .success
                ? .accepted
                : .refused(
                    .refused(
                        line: VTYLine.noRouteMap(name).text,
                        status: reply.status,
                        words: reply.words
                    )
                )
        }
        return outcomes
    }

    /// Throws for the first required line that was refused.
    private static func check(_ script: VTYScript, _ replies: [VTYReply]) throws(FRRError) {
        for (step, reply) in zip(script.steps, replies)
        where step.isRequired && reply.status != .success {
            throw .refused(line: step.line.text, status: reply.status, words: reply.words)
        }
    }

    /// Runs a script, and again while the configuration is locked by somebody else.
    ///
    /// The script ends with `end` in every case, so the lock is free between two pieces of a batch:
    /// an operator gets in, and so does another program.
    private func runUnlocked(
        _ script: VTYScript,
        on vty: VTY
    ) async throws(FRRError) -> [VTYReply] {
        var waits = patience.backoff
        var jitter = SystemRandomNumberGenerator()
        var words = ""
        for attempt in 1...patience.attempts {
            let replies = try await vty.run(script)
            guard let reply = replies.last(where: Self.saysLocked) else { return replies }
            words = reply.words
            guard attempt < patience.attempts else { break }
            do {
                try await ContinuousClock().sleep(for: waits.failed(using: &jitter))
            } catch {
                // Cancelled: nobody waits for the batch any more.
                break
            }
        }
        throw .locked(socket: socket, words: words, attempts: patience.attempts)
    }

    /// True for a refusal that will pass.
    ///
    /// Quagga and FRR before 7.0 say "VTY configuration is locked by other VTY" (lib/command.c
    /// `config_terminal`); later ones, for route-maps only and while somebody has said `configure
    /// exclusive`, "Configuration is locked by other client" (lib/northbound_cli.c).
    private static func saysLocked(_ reply: VTYReply) -> Bool {
        reply.status != .success && reply.words.contains("locked by other")
    }

    /// The line that enters the instance, once it has shown the expected number.
    private func verifiedEntry(on vty: VTY) async throws(FRRError) -> VTYLine {
        let running: ASN
        if let number = try await summary(on: vty).asn {
            running = number
        } else {
            // Without peers only the configuration names it.
            guard let instance = try await configuration(on: vty).instance(in: vrf) else {
                throw .noInstance
            }
            running = instance.asn
        }
        guard running == asn else { throw .otherASN(configured: asn, running: running) }
        guard case .frr(nil) = try dialect(of: vty) else { return .routerBGP(asn, in: vrf) }
        // Without a number it never creates an instance, but is refused when there are several;
        // then the number, which was seen a moment ago, says which (bgpd/bgp_vty.c `router_bgp`).
        let line = VTYLine.showVRFs
        let reply = try await read(line, on: vty)
        let count = try BGPJSON.decode(BGPInstanceCount.self, from: reply, to: line).total
        return count == 1 ? .routerBGP : .routerBGP(asn)
    }
}
