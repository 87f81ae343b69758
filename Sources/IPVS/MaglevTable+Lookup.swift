public import Net

extension MaglevTable {
    /// The server that a new flow of `client` is sent to, found without allocating anything.
    ///
    /// - Parameters:
    ///   - client: the source address, of the service's family.
    ///   - port: the source port, which counts under `mh-port` only. The kernel takes it from TCP,
    ///     UDP and SCTP; for anything else give 0.
    /// - Returns: where it is, or `nil` if the flow is refused.
    public func answer(for client: IPAddress, port: Port) -> Endpoint? {
        guard !owners.isEmpty else { return nil }
        let sum = Self.sum(client, flags.contains(.port) ? port : 0, family)
        let first = slot(of: sum)
        let member = members[Int(owners[first])]
        if member.isAvailable { return member.endpoint }
        guard flags.contains(.fallback) else { return nil }
        return fallback(for: sum, from: first)
    }

    /// The server that an ICMP error is sent to, which quotes a packet that went from `source`,
    /// the VIP, to `client`.
    ///
    /// The kernel hashes the quoted packet the other way round, so the error reaches the server
    /// whose packet was too big even on a director that never saw the flow (with
    /// `net.ipv4.vs.schedule_icmp`).
    public func answer(toErrorAbout source: Endpoint, to client: Endpoint) -> Endpoint? {
        answer(for: client.address, port: client.port)
    }

    /// Draws again, as often as there are slots, until a member takes the flow.
    private func fallback(for sum: UInt32, from first: Int) -> Endpoint? {
        var offset = first
        for _ in owners.indices {
            let member = members[Int(owners[slot(of: sum &+ UInt32(offset))])]
            if member.isAvailable { return member.endpoint }
            offset += 1
            if offset == owners.count { offset = 0 }
        }
        return nil
    }

    private func slot(of sum: UInt32) -> Int {
        Int(SipHash13.hash32(sum, key: .maglevOffset)) % owners.count
    }
}
