import Core
import Net

// `pools` and the real servers in them.
//
// A pool is a list with a name, nothing more: which port its servers listen on, how packets reach
// them and whether they fit a VIP depends on the service that uses it, so only what is wrong with
// a server in itself is said here, at its own place. The rest is said by the service.

extension Reading {
    /// Reads `pools`.
    mutating func pools(_ node: YAMLNode?, _ checks: inout Checks) -> [String: PoolDraft] {
        guard let node, let entries = entries(node, what: "`pools`") else { return [:] }
        var result: [String: PoolDraft] = [:]
        for entry in entries {
            // A pool that cannot be read is known by its name all the same.
            let name = name(entry.key, at: entry.keySpan, "pools")?.text ?? entry.key
            result[name] = pool(entry, &checks)
        }
        return result
    }

    private mutating func pool(_ entry: YAMLNode.Entry, _ checks: inout Checks) -> PoolDraft {
        let before = errorCount
        var list = CheckListDraft()
        var backends: [BackendDraft] = []
        var slowStart: SlowStartDraft?
        if let fields = fields(entry.value, of: .pool) {
            list = fields["checks"].map { checkList($0, &checks) } ?? CheckListDraft()
            if let node = required("backends", of: fields, what: "the pool \(entry.key.ticked)") {
                backends = self.backends(node)
            }
            slowStart = self.slowStart(fields)
        }
        return PoolDraft(
            checks: list,
            backends: backends,
            span: entry.keySpan,
            isComplete: errorCount == before,
            slowStart: slowStart
        )
    }

    /// Reads `slow-start` of a pool or a service.
    mutating func slowStart(_ fields: Fields) -> SlowStartDraft? {
        duration(fields["slow-start"], "slow-start", Limits.slowStart).map {
            SlowStartDraft(duration: $0, span: fields.place(of: "slow-start"))
        }
    }

    /// Records that `slow-start` does not go with `scheduler`, and why.
    mutating func refuse(_ slowStart: SlowStartDraft, with scheduler: Scheduling.Scheduler) {
        guard let obstacle = scheduler.obstacleToRamps else { return }
        refuse(
            .slowStart,
            at: slowStart.span,
            "`slow-start` does not go with the scheduler `\(scheduler.rawValue)`: \(obstacle)",
            help: "leave it out, or use one of \(Scheduling.Scheduler.ramping)"
        )
    }

    /// Reads a list of real servers, at least one.
    mutating func backends(_ node: YAMLNode) -> [BackendDraft] {
        guard let items = items(node, what: "`backends`", limit: Limits.backendsPerService) else {
            return []
        }
        // Servers that are out of use keep their place with `state`, and with it their hash slots.
        if items.isEmpty {
            refuse(
                .missing,
                at: node.span,
                "`backends` is empty, so there is nothing to serve with"
            )
        }
        var result: [BackendDraft] = []
        // By address and port as written: one host may well be in a list under two ports.
        var seen: [IPAddress: [BackendDraft]] = [:]
        for item in items {
            guard let backend = backend(item) else { continue }
            if let other = seen[backend.address]?.first(where: { $0.port == backend.port }) {
                refuse(
                    .duplicateBackend,
                    at: backend.span,
                    "the backend \(backend.written) is already there at "
                        + source.place(of: other.span),
                    help: "give it a larger `weight` to send it more"
                )
                continue
            }
            seen[backend.address, default: []].append(backend)
            result.append(backend)
        }
        return result
    }

    private mutating func backend(_ node: YAMLNode) -> BackendDraft? {
        guard case .map = node.content else {
            guard let text = text(node, "backends"),
                let place = endpoint(text, at: node.span)
            else { return nil }
            return BackendDraft(
                address: place.address,
                port: place.port,
                weight: 1,
                admin: .ready,
                note: nil,
                span: node.span
            )
        }
        guard let fields = fields(node, of: .backend) else { return nil }
        let weight = number(fields["weight"], "weight", 0...Limits.weight)
        let admin = word(fields["state"], "state", as: Backend.AdminState.self)
        let note = note(fields["note"], "note")
        let port = port(fields["port"], "port")
        guard let address = required("address", of: fields, what: "a backend"),
            let text = text(address, "address"),
            let place = endpoint(text, at: address.span)
        else { return nil }
        if place.port != nil, let node = fields["port"] {
            refuse(
                .together,
                at: node.span,
                "the port is said twice, here and in `address`",
                help: "write it in one of the two places"
            )
        }
        return BackendDraft(
            address: place.address,
            port: port ?? place.port,
            weight: weight ?? 1,
            admin: admin ?? .ready,
            note: note,
            span: address.span
        )
    }

    /// Reads `ADDRESS` or `ADDRESS:PORT` of a real server.
    private mutating func endpoint(
        _ text: String,
        at span: Span
    ) -> (address: IPAddress, port: Port?)? {
        do throws(ParseError) {
            // One colon is a port, several are IPv6, and IPv6 with a port has brackets.
            let hasPort = text.hasPrefix("[") || text.utf8.count { $0 == UInt8(ascii: ":") } == 1
            let (address, port): (IPAddress, Port?)
            if hasPort {
                let endpoint = try Endpoint(parsing: text)
                (address, port) = (endpoint.address, endpoint.port)
            } else {
                (address, port) = (try IPAddress(parsing: text), nil)
            }
            if let reason = Self.unusable(address) {
                refuse(.unusableAddress, at: span, "a backend cannot be \(address), \(reason)")
                return nil
            }
            return (address, port)
        } catch {
            refuse(.notAddress, at: span, error.message)
            return nil
        }
    }

    /// Reads a port.
    mutating func port(_ node: YAMLNode?, _ key: String) -> Port? {
        number(node, key, 1...65_535).map { Port(UInt16(truncatingIfNeeded: $0)) }
    }

    /// Why packets for `address` cannot be sent to one host of a network; `nil` when they can.
    static func unusable(_ address: IPAddress) -> String? {
        let isBroadcast = address.family == .v4 && address.bits == 0xffff_ffff
        if address.isUnspecified { return "the unspecified address" }
        if address.isLoopback { return "a loopback address" }
        if address.isMulticast { return "a multicast address" }
        if address.isLinkLocal { return "a link-local address, which no router forwards to" }
        if isBroadcast { return "the broadcast address" }
        // 0.0.0.0/8 is "this network" and 240.0.0.0/4 reserved (RFC 6890 §2.2.2).
        if address.family == .v4, address.bits >> 24 == 0 || address.bits >> 28 == 0xf {
            return "a reserved address"
        }
        return nil
    }
}

extension BackendDraft {
    /// The real server as the file would say it.
    var written: String {
        port.map { "\(Endpoint(address, $0))" } ?? "\(address)"
    }
}
