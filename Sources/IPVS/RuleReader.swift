import Net

/// Understands one line of a rule file.
struct RuleReader {
    /// What ipvsadm uses when no scheduler is named.
    static let usualScheduler = Scheduler.weightedLeastConnection
    /// The seconds of `-p` without a number, in ipvsadm.
    static let usualPersistence: UInt32 = 360

    let line: RuleLine
    let portNamed: PortNames
    let command: RuleLine.Word

    /// A reader of this line; `nil` for one that says nothing.
    init?(_ line: RuleLine, portNamed: @escaping PortNames) throws(RuleProblem.Reason) {
        let command = line.words.first
        if let loose = line.loose.first, loose.lowerBound < command?.columns.lowerBound ?? .max {
            throw RuleProblem.Reason(
                loose,
                "a rule begins with a command such as -A",
                help: line.text(loose) == "ipvsadm" ? "leave the program's name out" : ""
            )
        }
        guard let command else { return nil }
        if command.option != .set, let loose = line.loose.first {
            throw RuleProblem.Reason(loose, "this belongs to no option")
        }
        self.line = line
        self.command = command
        self.portNamed = portNamed
    }

    /// What the line asks for, and what it says without effect.
    func read() throws(RuleProblem.Reason) -> (Operation, warnings: [RuleProblem.Reason]) {
        var warnings: [RuleProblem.Reason] = []
        let operation = try operation(&warnings)
        if let refusal = operation.refusal {
            throw RuleProblem.Reason(blame(refusal), "\(refusal)")
        }
        return (operation, warnings)
    }

    private func operation(
        _ warnings: inout [RuleProblem.Reason]
    ) throws(RuleProblem.Reason) -> Operation {
        switch command.option {
        case .set: return .setTimeouts(try timeouts())
        case .zero where serviceWord == nil: return .zero(nil)
        case .clear: return .flush
        case .startDaemon: return .startDaemon(try daemon())
        case .stopDaemon: return .stopDaemon(try role())
        default: break  // Everything else is about a service.
        }
        let identity = try identity()
        switch command.option {
        case .addService: return .newService(try service(identity, &warnings))
        case .editService: return .updateService(try service(identity, &warnings))
        case .deleteService: return .deleteService(identity)
        case .addServer: return .newDestination(try destination(identity, &warnings), of: identity)
        case .editServer:
            return .updateDestination(try destination(identity, &warnings), of: identity)
        case .deleteServer: return .deleteDestination(try endpoint(identity), of: identity)
        default: return .zero(identity)
        }
    }

    // MARK: Words

    /// The option, if it is there.
    func word(_ option: RuleOption) -> RuleLine.Word? {
        line.words.first { $0.option == option }
    }

    /// What to point at: the value if there is one, or else the option.
    func columns(_ word: RuleLine.Word) -> Range<Int> { word.value ?? word.columns }

    private var serviceWord: RuleLine.Word? {
        line.words.first { $0.option.group == .tcpService }
    }

    /// The part of the line that made the operation one that cannot work.
    private func blame(_ refusal: Refusal) -> Range<Int> {
        let option: RuleOption? =
            switch refusal {
            case .weight: .weight
            case .thresholds: word(.lowerThreshold) == nil ? .upperThreshold : .lowerThreshold
            case .persistenceTimeout: .persistent
            case .granularity: .netmask
            case .engineName: .engine
            case .otherPort, .mixedFamilies: .realServer
            case .tunnelPort: word(.tunnelPort) == nil ? .tunnelType : .tunnelPort
            case .tunnelFlags: word(.checksum) == nil ? .remoteChecksum : .checksum
            case .everyPortWithoutPersistence, .markZero: serviceWord?.option
            case .onePacketWithoutUDP: .onePacket
            case .engineWithoutPersistence: .engine
            case .interfaceName: .daemonInterface
            case .daemonIdentifier: .daemonIdentifier
            case .daemonGroup: .daemonGroup
            case .daemonZero: zeroOfDaemon
            default: nil  // The line as a whole.
            }
        guard let found = option.flatMap(word) else { return line.columns }
        return columns(found)
    }

    // MARK: Services

    private func service(
        _ identity: ServiceIdentity,
        _ warnings: inout [RuleProblem.Reason]
    ) throws(RuleProblem.Reason) -> Service {
        if let mask = word(.netmask), word(.persistent) == nil {
            warnings.append(
                RuleProblem.Reason(columns(mask), "-M means nothing without -p, and is left out")
            )
        }
        let scheduler = try scheduler()
        var flags = try flags(scheduler)
        if word(.onePacket) != nil { flags.insert(.onePacket) }
        return Service(
            identity,
            scheduler: scheduler,
            flags: flags,
            persistence: try persistence(identity.family),
            engine: word(.engine)?.value.map(line.text)
        )
    }

    /// The service the rule is about.
    private func identity() throws(RuleProblem.Reason) -> ServiceIdentity {
        guard let word = serviceWord, let value = word.value else {
            throw RuleProblem.Reason(
                command.columns,
                "\(command.option.name) needs the service it is about",
                help: "-t ADDRESS:PORT, -u ADDRESS:PORT, --sctp-service ADDRESS:PORT or -f MARK"
            )
        }
        let sixth = self.word(.ipv6)
        guard word.option != .markService else {
            return .mark(try mark(value), sixth == nil ? .v4 : .v6)
        }
        if let sixth { throw RuleProblem.Reason(sixth.columns, "-6 is for services by mark (-f)") }
        let transport = transport(of: word.option)
        let (address, port) = try host(value, transport)
        return .address(address, transport, port ?? 0)
    }

    /// The protocol whose names the ports of a rule have; a mark stands for none, and TCP is what
    /// ipvsadm uses.
    private func transport(of option: RuleOption) -> TransportProtocol {
        switch option {
        case .udpService: .udp
        case .sctpService: .sctp
        default: .tcp
        }
    }

    private func mark(_ value: Range<Int>) throws(RuleProblem.Reason) -> UInt32 {
        let text = line.text(value)
        // ipvsadm prints marks as signed numbers, and then does not take them back.
        if let mark = UInt32(text) ?? Int32(text).map(UInt32.init(bitPattern:)), mark != 0 {
            return mark
        }
        throw RuleProblem.Reason(value, "a mark is a number of 1...4294967295, in decimal")
    }

    private func scheduler() throws(RuleProblem.Reason) -> Scheduler {
        guard let value = word(.scheduler)?.value else { return Self.usualScheduler }
        do throws(ParseError) {
            return try Scheduler(parsing: line.text(value))
        } catch {
            throw RuleProblem.Reason(value, "\(error)")
        }
    }

    private func flags(_ scheduler: Scheduler) throws(RuleProblem.Reason) -> ServiceFlags {
        guard let value = word(.schedulerFlags)?.value else { return [] }
        var flags: ServiceFlags = []
        for name in line.text(value).split(separator: ",") {
            switch name {
            case "flag-1": flags.insert(.fallback)
            case "flag-2": flags.insert(.port)
            case "flag-3": flags.insert(.third)
            default:
                guard let flag = ServiceFlags(name: String(name), scheduler: scheduler),
                    flag != .onePacket
                else {
                    throw RuleProblem.Reason(
                        value,
                        "scheduler \(scheduler) has no such flag",
                        help:
                            "flag-1, flag-2 and flag-3; mh-fallback, mh-port; sh-fallback, sh-port"
                    )
                }
                flags.insert(flag)
            }
        }
        return flags
    }

    private func persistence(
        _ family: AddressFamily
    ) throws(RuleProblem.Reason) -> Persistence? {
        guard let word = word(.persistent) else { return nil }
        let timeout =
            try word.value == nil ? Self.usualPersistence : number(of: .persistent, usual: 0)
        guard let mask = self.word(.netmask)?.value else {
            return Persistence(timeout: timeout, granularity: family.bitWidth)
        }
        switch family {
        case .v4: return Persistence(timeout: timeout, granularity: try maskLength(mask))
        case .v6: return Persistence(timeout: timeout, granularity: try number(mask, Int.self))
        }
    }

    private func maskLength(_ value: Range<Int>) throws(RuleProblem.Reason) -> Int {
        let text = line.text(value)
        guard let mask = IPAddress(text), mask.family == .v4 else {
            throw RuleProblem.Reason(
                value,
                "the mask of an IPv4 service is an address such as 255.255.255.0",
                help: Int(text) == nil ? "" : "ipvsadm would read \(text) as 0.0.0.\(text)"
            )
        }
        guard let length = UInt32(truncatingIfNeeded: mask.bits).prefixLength else {
            throw RuleProblem.Reason(value, "the bits of a mask are ones and then zeros only")
        }
        return length
    }

    private func timeouts() throws(RuleProblem.Reason) -> Timeouts {
        guard line.loose.count == 3 else {
            throw RuleProblem.Reason(
                command.columns,
                "--set takes three numbers of seconds",
                help: "--set TCP TCPFIN UDP"
            )
        }
        return Timeouts(
            tcp: try number(line.loose[0], UInt32.self),
            tcpFin: try number(line.loose[1], UInt32.self),
            udp: try number(line.loose[2], UInt32.self)
        )
    }
}
