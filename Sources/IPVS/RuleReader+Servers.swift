import Net

extension RuleReader {
    /// The real server the rule is about, in all its parts.
    ///
    /// Where nothing rewrites the port on the way, it is the service's, whatever the rule says;
    /// ipvsadm does that without a word.
    func destination(
        _ identity: ServiceIdentity,
        _ warnings: inout [RuleProblem.Reason]
    ) throws(RuleProblem.Reason) -> Destination {
        var endpoint = try endpoint(identity)
        if word(.masquerading) == nil, case .address(_, _, let port) = identity,
            endpoint.port != port
        {
            endpoint = Endpoint(endpoint.address, port)
            warnings.append(
                RuleProblem.Reason(
                    word(.realServer).map(columns) ?? line.columns,
                    "the port of the service is used instead: nothing rewrites it on the way"
                )
            )
        }
        return Destination(
            endpoint,
            forwarding: try forwarding(),
            weight: try number(of: .weight, usual: 1),
            upperThreshold: try number(of: .upperThreshold, usual: 0),
            lowerThreshold: try number(of: .lowerThreshold, usual: 0)
        )
    }

    /// Where the real server is; without a port of its own it has the service's.
    func endpoint(_ identity: ServiceIdentity) throws(RuleProblem.Reason) -> Endpoint {
        guard let value = word(.realServer)?.value else {
            throw RuleProblem.Reason(
                command.columns,
                "\(command.option.name) needs a real server",
                help: "-r ADDRESS or -r ADDRESS:PORT"
            )
        }
        let transport: TransportProtocol =
            if case .address(_, let transport, _) = identity { transport } else { .tcp }
        let (address, port) = try host(value, transport)
        return Endpoint(address, port ?? identity.port)
    }

    private func forwarding() throws(RuleProblem.Reason) -> Forwarding {
        if word(.tunnelling) != nil { return .tunnel(try tunnel()) }
        let needsTunnel = line.words.first {
            [.tunnelType, .tunnelPort, .noChecksum].contains($0.option.group)
        }
        if let needsTunnel {
            throw RuleProblem.Reason(
                needsTunnel.columns,
                "\(needsTunnel.option.name) is for tunnels (-i)"
            )
        }
        return word(.masquerading) == nil ? .directRouting : .masquerade
    }

    private func tunnel() throws(RuleProblem.Reason) -> Tunnel {
        var tunnel = Tunnel.ipip
        if let value = word(.tunnelType)?.value {
            switch line.text(value) {
            case "ipip": tunnel.kind = .ipip
            case "gue": tunnel.kind = .gue
            case "gre": tunnel.kind = .gre
            default: throw RuleProblem.Reason(value, "a tunnel is one of ipip, gue and gre")
            }
        }
        tunnel.port = Port(try number(of: .tunnelPort, usual: 0))
        if word(.checksum) != nil { tunnel.flags = .checksum }
        if word(.remoteChecksum) != nil { tunnel.flags = .remoteChecksum }
        return tunnel
    }

    // MARK: Values

    /// The number after an option, or the usual one where the option is not there.
    func number<Number: FixedWidthInteger>(
        of option: RuleOption,
        usual: Number
    ) throws(RuleProblem.Reason) -> Number {
        guard let value = word(option)?.value else { return usual }
        return try number(value, Number.self)
    }

    /// A decimal number that fits.
    func number<Number: FixedWidthInteger>(
        _ value: Range<Int>,
        _: Number.Type
    ) throws(RuleProblem.Reason) -> Number {
        var number: Number = 0
        for digit in line[value] {
            let (tens, isTooLarge) = number.multipliedReportingOverflow(by: 10)
            let (sum, isBeyond) = tens.addingReportingOverflow(Number(digit & 0xf))
            guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(digit), !isTooLarge, !isBeyond
            else { throw notANumber(value, upTo: "\(Number.max)") }
            number = sum
        }
        guard !value.isEmpty else { throw notANumber(value, upTo: "\(Number.max)") }
        return number
    }

    private func notANumber(_ value: Range<Int>, upTo limit: String) -> RuleProblem.Reason {
        RuleProblem.Reason(value, "\"\(line.text(value))\" is not a number of 0...\(limit)")
    }

    /// An address, and a port if there is one: `ADDRESS`, `ADDRESS:PORT`, `[ADDRESS]:PORT`.
    func host(
        _ value: Range<Int>,
        _ transport: TransportProtocol
    ) throws(RuleProblem.Reason) -> (IPAddress, Port?) {
        let bytes = line[value]
        let colons = bytes.lazy.filter { $0 == UInt8(ascii: ":") }.prefix(2).count
        let isBracketed = bytes.first == UInt8(ascii: "[")
        guard isBracketed || colons < 2 else {
            throw RuleProblem.Reason(
                value,
                "it is not clear where the address ends",
                help: "write an IPv6 address as [ADDRESS]:PORT"
            )
        }
        guard let colon = value.last(where: { line[$0] == UInt8(ascii: ":") }),
            !isBracketed || line[colon - 1] == UInt8(ascii: "]")
        else {
            return (try address(value, isBracketed: isBracketed), nil)
        }
        let address = try address(value.lowerBound..<colon, isBracketed: isBracketed)
        return (address, try port((colon + 1)..<value.upperBound, transport))
    }

    private func address(
        _ value: Range<Int>,
        isBracketed: Bool
    ) throws(RuleProblem.Reason) -> IPAddress {
        if let address = IPAddress(dotted: line[value]) { return address }
        var inner = value
        if isBracketed {
            guard value.count > 1, line[value.upperBound - 1] == UInt8(ascii: "]") else {
                throw RuleProblem.Reason(value, "the bracket is not closed")
            }
            inner = (value.lowerBound + 1)..<(value.upperBound - 1)
        }
        let address: IPAddress
        do throws(ParseError) {
            address = try IPAddress(parsing: line.text(inner))
        } catch {
            throw RuleProblem.Reason(
                inner,
                "\(error)",
                help: "host names are not looked up; write the address"
            )
        }
        guard isBracketed == (address.family == .v6) else {
            throw RuleProblem.Reason(value, "brackets are for IPv6 addresses, and those need them")
        }
        return address
    }

    private func port(
        _ value: Range<Int>,
        _ transport: TransportProtocol
    ) throws(RuleProblem.Reason) -> Port {
        if line[value].allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }) {
            return Port(try number(value, UInt16.self))
        }
        let name = line.text(value)
        if let port = portNamed(name, transport) { return port }
        throw RuleProblem.Reason(
            value,
            "there is no \(transport) port called \"\(name)\" in /etc/services",
            help: "write its number; ipvsadm does with: ipvsadm -Sn"
        )
    }
}
