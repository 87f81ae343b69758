package import IPVS
internal import Net

/// The table in the layout of `ipvsadm -Ln`, column for column, down to the spaces at the end of
/// its lines: scripts and eyes depend on it.
package struct IPVSListing: Sendable {
    /// What is shown of each real server.
    package enum Columns: Sendable, CaseIterable {
        /// How it is used, and its connections.
        case usual
        /// What it counted.
        case stats
        /// The same per second.
        case rate
        /// Its thresholds.
        case thresholds
        /// Its templates of persistence.
        case persistentConn
        /// How packets to it are wrapped.
        case tunInfo
    }

    /// The width of the names in ipvsadm; longer ones move what follows, as they do there.
    private static let serviceWidth = 33
    private static let serverWidth = 28

    /// What is shown.
    package let columns: Columns
    /// Whether large numbers are shown to the last digit.
    package let isExact: Bool

    /// A listing with these columns.
    package init(_ columns: Columns = .usual, isExact: Bool = false) {
        self.columns = columns
        self.isExact = isExact
    }

    /// What stands above the ways of checks.
    private static let pathsTitle = "Ways of checks that go to a VIP; they serve nobody:"

    /// The whole text; the ways of checks (`via: vip`) come last, apart from what serves.
    ///
    /// - Parameters:
    ///   - table: What is listed, in its order.
    ///   - info: What the kernel says of itself, for the first line.
    /// - Returns: The lines, each with its line break.
    package func text(_ table: IPVS.Table, info: Info) -> String {
        let version = "IP Virtual Server version \(info.versionText)"
        var lines = ["\(version) (size=\(info.connectionTableSize))"]
        lines += titles
        lines += rows(of: table.entries.filter { !$0.isWayOfChecks })
        let ways = rows(of: table.entries.filter(\.isWayOfChecks))
        if !ways.isEmpty { lines += ["", Self.pathsTitle] + ways }
        return lines.map { $0 + "\n" }.joined()
    }

    private func rows(of entries: [IPVS.Table.Entry]) -> [String] {
        entries.flatMap { entry in [line(entry.service)] + entry.destinations.map(line) }
    }

    private var titles: [String] {
        let local = "Prot LocalAddress:Port".padded(Self.serviceWidth)
        let remote = "  -> RemoteAddress:Port"
        switch columns {
        case .usual:
            return [
                "Prot LocalAddress:Port Scheduler Flags",
                "  -> RemoteAddress:Port           Forward Weight ActiveConn InActConn",
            ]
        case .tunInfo:
            return [
                "Prot LocalAddress:Port Scheduler Flags",
                "  -> RemoteAddress:Port           Forward TunnelInfo    Weight ActiveConn "
                    + "InActConn",
            ]
        case .stats:
            return [local + "    Conns   InPkts  OutPkts  InBytes OutBytes", remote]
        case .rate:
            return [local + "      CPS    InPPS   OutPPS    InBPS   OutBPS", remote]
        case .thresholds:
            return [local + " Uthreshold Lthreshold ActiveConn InActConn ", remote]
        case .persistentConn:
            return [local + " Weight    PersistConn ActiveConn InActConn ", remote]
        }
    }

    private func line(_ observed: ObservedService) -> String {
        let name = observed.service.identity.listedName
        switch columns {
        case .stats: return name.padded(Self.serviceWidth) + numbers(observed.statistics.total)
        case .rate: return name.padded(Self.serviceWidth) + numbers(observed.statistics.rate)
        case .usual, .thresholds, .persistentConn, .tunInfo:
            return "\(name) \(observed.service.listedAttributes)"
        }
    }

    private func line(_ observed: ObservedDestination) -> String {
        let destination = observed.destination
        let name = "  -> " + "\(destination.endpoint)".padded(Self.serverWidth)
        let connections =
            "\(observed.connections.active)".padded(10) + " "
            + "\(observed.connections.inactive)".padded(10)
        let forwarding = " " + destination.forwarding.listedName.padded(7) + " "
        let weight = "\(destination.weight)"
        switch columns {
        case .usual: return "\(name)\(forwarding)\(weight.padded(6)) \(connections)"
        case .tunInfo:
            let tunnel = destination.forwarding.listedTunnel.padded(13)
            return "\(name)\(forwarding)\(tunnel) \(weight.padded(6)) \(connections)"
        case .stats: return name + numbers(observed.statistics.total)
        case .rate: return name + numbers(observed.statistics.rate)
        case .thresholds:
            let upper = "\(destination.upperThreshold)".padded(10)
            let lower = "\(destination.lowerThreshold)".padded(10)
            return "\(name) \(upper) \(lower) \(connections)"
        case .persistentConn:
            let persistent = "\(observed.connections.persistent)".padded(11)
            return "\(name) \(weight.padded(9)) \(persistent) \(connections)"
        }
    }

    private func numbers(_ traffic: Traffic) -> String {
        [
            traffic.connections, traffic.inPackets, traffic.outPackets, traffic.inBytes,
            traffic.outBytes,
        ].map(number).joined()
    }

    /// A number in nine columns, or in as many as it takes when it is to be exact.
    private func number(_ value: UInt64) -> String {
        if isExact { return " " + "\(value)".padded(8, onLeft: true) }
        let (divisor, unit): (UInt64, String) =
            switch value {
            case ..<100_000_000: (1, "")
            case ..<1_000_000_000: (1000, "K")
            case ..<100_000_000_000: (1_000_000, "M")
            case ..<100_000_000_000_000: (1_000_000_000, "G")
            default: (1_000_000_000_000, "T")
            }
        return "\(value / divisor)\(unit)".padded(9, onLeft: true)
    }
}

extension String {
    /// This text with spaces up to `width`, and whole if it is longer.
    fileprivate func padded(_ width: Int, onLeft: Bool = false) -> String {
        let gap = String(repeating: " ", count: max(0, width - utf8.count))
        return onLeft ? gap + self : self + gap
    }
}

extension ServiceIdentity {
    /// Protocol, address and port; a mark is a number without a sign, which ipvsadm gives it.
    fileprivate var listedName: String {
        switch self {
        case .address(let address, .tcp, let port): "TCP  \(Endpoint(address, port))"
        case .address(let address, .udp, let port): "UDP  \(Endpoint(address, port))"
        case .address(let address, .sctp, let port): "SCTP \(Endpoint(address, port))"
        case .mark(let mark, .v4): "FWM  \(mark)"
        case .mark(let mark, .v6): "FWM  \(mark) IPv6"
        }
    }
}

extension Service {
    fileprivate var listedAttributes: String {
        var text = "\(scheduler)"
        let names = flags.subtracting(.onePacket).names(scheduler: scheduler)
        if !names.isEmpty { text += " (\(names.joined(separator: ",")))" }
        if let persistence {
            text += " persistent \(persistence.timeout)"
            if let mask = persistence.maskText(identity.family) { text += " mask \(mask)" }
        }
        if let engine { text += " pe \(engine)" }
        if flags.contains(.onePacket) { text += " ops" }
        return text
    }
}

extension Forwarding {
    fileprivate var listedName: String {
        switch self {
        case .masquerade: "Masq"
        case .local: "Local"
        case .tunnel: "Tunnel"
        case .directRouting: "Route"
        case .bypass: "Bypass"
        case .unknown(let number): "(\(number))"
        }
    }

    fileprivate var listedTunnel: String {
        guard case .tunnel(let tunnel) = self else { return "n/a" }
        let checksum =
            switch tunnel.flags {
            case []: "-c"
            case .checksum: "+c"
            default: "r+c"
            }
        return switch tunnel.kind {
        case .ipip: "ipip"
        case .gue: "gue:\(tunnel.port):\(checksum)"
        case .gre: "gre:\(checksum)"
        case .unknown: "n/a"
        }
    }
}
