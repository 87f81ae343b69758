import Core
import Net

// Checks by way of IPVS: `via` of a check, and `ipvs.check-marks`.

extension Reading {
    /// Reads `via`, and refuses it where what the check does cannot go that way.
    mutating func via(
        _ fields: Fields,
        _ type: CheckType,
        _ method: Check.Method,
        _ timing: CheckTiming
    ) -> Check.Via {
        guard let via = word(fields["via"], "via", as: Check.Via.self), via == .vip else {
            return .direct
        }
        if let obstacle = method.obstacleToVIP {
            refuse(
                .checkPath,
                at: fields.place(of: "via"),
                "a check of type `\(type.rawValue)` cannot go `via: vip`: \(obstacle)",
                help: "leave `via` out, or use one of tcp, tls, http, https, dns and udp"
            )
            return .direct
        }
        if timing.hasSentinel == true {
            refuse(
                .together,
                at: fields.place(of: "sentinel"),
                "`sentinel` watches a connection to the real server itself, so not `via: vip`",
                help: "give the service a second check, of type `tcp`, with the sentinel"
            )
        }
        if fields["mark"] != nil {
            refuse(
                .together,
                at: fields.place(of: "mark"),
                "the `mark` of a check `via: vip` is chosen by penstock",
                help: "leave it out; `ipvs.check-marks` says from which number on"
            )
        }
        return .vip
    }

    /// Reads `ipvs.check-marks`: the first of the firewall marks of checks.
    mutating func checkMarks(_ node: YAMLNode?) -> MarkRange? {
        guard let node, let first = mark(node, "ipvs.check-marks") else { return nil }
        guard first % MarkRange.count == 0 else {
            refuse(
                .number,
                at: node.span,
                "`ipvs.check-marks` must be a multiple of \(MarkRange.count), not \(first)",
                help: "the \(MarkRange.count) marks from there on are for checks: "
                    + MarkRange.usual.written
            )
            return nil
        }
        return MarkRange(from: first)
    }

    /// Refuses checks by way of IPVS that the forwarding of their service does not let through.
    mutating func judgeCheckPaths(
        _ list: CheckListDraft,
        _ forwarding: Forwarding,
        at pool: Span?
    ) {
        guard forwarding == .masquerade else { return }
        for (named, span) in zip(list.checks, list.spans)
        where named.check.via == .vip && named.check.method.isDatagrams {
            refuse(
                .checkPath,
                at: pool ?? span,
                "the check `\(named.name)` cannot go `via: vip` with `forward: nat`: IPVS keeps an "
                    + "entry of every UDP flow for minutes, so that a later probe from the same "
                    + "port would reach the server of an earlier one",
                help: "check UDP behind NAT at the servers' own addresses (`via: direct`)"
            )
        }
    }

    /// Refuses what only all services together show: marks that are not free, sources that are
    /// VIPs, more servers than marks.
    mutating func judgeCheckPaths(
        of vips: [VIP],
        _ marks: MarkRange,
        _ context: ServiceContext
    ) {
        for draft in context.checks.all {
            let check = draft.check.check
            if let mark = check.origin.mark, marks.contains(mark) {
                refuse(
                    .checkMark,
                    at: draft.span,
                    "the mark \(mark) of the check `\(draft.check.name)` is one of those for "
                        + "checks via VIPs",
                    help: "those are \(marks.written); choose another, or set `ipvs.check-marks`"
                )
            }
            guard check.via == .vip else { continue }
            for source in [check.origin.v4, check.origin.v6].compactMap(\.self) {
                guard let vip = context.addresses[source] else { continue }
                refuse(
                    .checkPath,
                    at: draft.span,
                    "the check `\(draft.check.name)` cannot come from \(source), the VIP at "
                        + "\(self.source.place(of: vip)): the real server has that address too, "
                        + "and would answer itself",
                    help: "name an address of the director's own, or leave `source` out"
                )
            }
        }
        let paths = Set(
            vips.lazy.flatMap(\.services).filter { $0.checks.contains { $0.check.via == .vip } }
                .flatMap { service in
                    service.backends.lazy.flatMap { backend in
                        service.checks.compactMap {
                            service.target(of: $0.check, for: backend).path
                        }
                    }
                }
        )
        guard paths.count > MarkRange.count, let span = context.checks.all.first?.span else {
            return
        }
        refuse(
            .limit,
            at: span,
            "\(paths.count) real servers are checked `via: vip`; there are marks for "
                + "\(MarkRange.count)",
            help: "check some of them at their own addresses"
        )
    }
}

extension Reading {
    /// Refuses a self-check that would not ask about every service that gates.
    mutating func judgeSelfCheck(of vip: VIP, at span: Span?) {
        guard vip.hasSelfCheck, let span else { return }
        for service in vip.services where service.gates && service.selfCheckTarget == nil {
            refuse(
                .checkPath,
                at: span,
                "`self-check` cannot ask the service `\(service.name)`: none of its checks speaks "
                    + "\(service.id.transport) at port \(service.id.port)",
                help: "give it such a check (udp or dns for UDP), or `gate: false`"
            )
        }
    }
}

extension MarkRange {
    /// As texts show it.
    var written: String {
        "0x\(String(first, radix: 16)) to 0x\(String(last, radix: 16))"
    }
}

extension Check.Method {
    /// Whether it is carried by datagrams with ports.
    fileprivate var isDatagrams: Bool {
        switch self {
        case .datagram: true
        case .dns(let expectation): expectation.transport == .udp
        case .tcp, .conversation, .tls, .http, .grpc, .icmp, .agent, .program: false
        }
    }

    /// Why it cannot go by way of IPVS; `nil` when it can.
    fileprivate var obstacleToVIP: String? {
        switch self {
        case .icmp:
            "IPVS passes flows of TCP, UDP and SCTP on; an echo request to the VIP is answered by "
                + "the director itself"
        case .program:
            "a program makes connections of its own, which nobody marks"
        case .tcp, .conversation, .datagram, .tls, .http, .grpc, .dns, .agent: nil
        }
    }
}
