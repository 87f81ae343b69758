package import Net

extension Operation {
    /// The rule that asks for this, without a line break, in numbers and in the order of options
    /// in which `ipvsadm -Sn` writes them; thresholds come last, because it does not write them.
    ///
    /// - Throws: `RuleFile.Unsayable`.
    package var rule: String {
        get throws(RuleFile.Unsayable) {
            switch self {
            case .newService(let service): "-A \(try service.rule)"
            case .updateService(let service): "-E \(try service.rule)"
            case .deleteService(let identity): "-D \(identity.rule)"
            case .newDestination(let destination, let identity):
                "-a \(identity.rule) \(try destination.rule)"
            case .updateDestination(let destination, let identity):
                "-e \(identity.rule) \(try destination.rule)"
            case .deleteDestination(let endpoint, let identity):
                "-d \(identity.rule) -r \(endpoint)"
            case .zero(nil): "-Z"
            case .zero(let identity?): "-Z \(identity.rule)"
            case .setTimeouts(let timeouts):
                "--set \(timeouts.tcp) \(timeouts.tcpFin) \(timeouts.udp)"
            case .flush: "-C"
            case .startDaemon(let daemon): "--start-daemon \(daemon.role)\(daemon.options)"
            case .stopDaemon(let role): "--stop-daemon \(role)"
            }
        }
    }
}

extension ServiceIdentity {
    fileprivate var rule: String {
        switch self {
        case .address(let address, .tcp, let port): "-t \(Endpoint(address, port))"
        case .address(let address, .udp, let port): "-u \(Endpoint(address, port))"
        case .address(let address, .sctp, let port): "--sctp-service \(Endpoint(address, port))"
        case .mark(let mark, .v4): "-f \(mark)"
        case .mark(let mark, .v6): "-f \(mark) -6"
        }
    }
}

extension SyncDaemon {
    fileprivate var options: String {
        var text = " --mcast-interface \(interface)"
        if identifier != 0 { text += " --syncid \(identifier)" }
        if let maximumLength { text += " --sync-maxlen \(maximumLength)" }
        if let group { text += " --mcast-group \(group)" }
        if let port { text += " --mcast-port \(port)" }
        if let timeToLive { text += " --mcast-ttl \(timeToLive)" }
        return text
    }
}

extension Service {
    fileprivate var rule: String {
        get throws(RuleFile.Unsayable) {
            var text = "\(identity.rule) -s \(scheduler)"
            if let persistence {
                text += " -p \(persistence.timeout)"
                guard persistence.granularity != Persistence.irregular else {
                    throw RuleFile.Unsayable("the mask of \(identity), which is not a prefix")
                }
                if let mask = persistence.maskText(identity.family) { text += " -M \(mask)" }
            }
            if let engine { text += " --pe \(engine)" }
            if flags.contains(.onePacket) { text += " -o" }
            let names = flags.subtracting(.onePacket).names(scheduler: scheduler)
            if !names.isEmpty { text += " -b \(names.joined(separator: ","))" }
            return text
        }
    }
}

extension Persistence {
    /// The mask as ipvsadm writes it, `255.255.255.0` or `64`; `nil` for the usual one, where
    /// every client is its own.
    package func maskText(_ family: AddressFamily) -> String? {
        guard granularity != family.bitWidth else { return nil }
        guard granularity >= 0 else { return "irregular" }
        return switch family {
        case .v4: "\(IPAddress(v4: UInt32(prefix: granularity)))"
        case .v6: "\(granularity)"
        }
    }
}

extension Destination {
    fileprivate var rule: String {
        get throws(RuleFile.Unsayable) {
            var text = "-r \(endpoint)"
            switch forwarding {
            case .masquerade: text += " -m -w \(weight)"
            // The kernel makes its own addresses local by itself.
            case .directRouting, .local: text += " -g -w \(weight)"
            case .tunnel(let tunnel): text += " -i -w \(weight) \(try tunnel.rule(endpoint))"
            case .bypass, .unknown:
                throw RuleFile.Unsayable("the way packets are forwarded to \(endpoint)")
            }
            if upperThreshold != 0 { text += " -x \(upperThreshold)" }
            if lowerThreshold != 0 { text += " -y \(lowerThreshold)" }
            return text
        }
    }
}

extension Tunnel {
    fileprivate func rule(_ endpoint: Endpoint) throws(RuleFile.Unsayable) -> String {
        let checksum =
            switch flags {
            case []: "--tun-nocsum"
            case .checksum: "--tun-csum"
            case .remoteChecksum: "--tun-remcsum"
            default: throw RuleFile.Unsayable("the flags of the tunnel to \(endpoint)")
            }
        return switch kind {
        case .ipip: "--tun-type ipip"
        case .gre: "--tun-type gre \(checksum)"
        case .gue: "--tun-type gue --tun-port \(port) \(checksum)"
        case .unknown: throw RuleFile.Unsayable("the tunnel to \(endpoint)")
        }
    }
}
