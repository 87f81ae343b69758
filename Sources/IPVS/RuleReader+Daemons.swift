import Net

extension RuleReader {
    /// The sync daemon to be started, in all its parts.
    func daemon() throws(RuleProblem.Reason) -> SyncDaemon {
        let role = try role()
        guard let interface = word(.daemonInterface)?.value else {
            throw RuleProblem.Reason(
                command.columns,
                "a sync daemon needs an interface to multicast on",
                help: "--mcast-interface NAME"
            )
        }
        var daemon = SyncDaemon(role, interface: line.text(interface))
        daemon.identifier = try number(of: .daemonIdentifier, usual: 0)
        daemon.maximumLength = try given(.daemonLength)
        daemon.group = try group()
        let port: UInt16? = try given(.daemonPort)
        daemon.port = port.map { Port($0) }
        daemon.timeToLive = try given(.daemonTTL)
        return daemon
    }

    /// The role of the daemon that the rule is about.
    func role() throws(RuleProblem.Reason) -> SyncDaemon.Role {
        guard let value = command.value,
            let role = SyncDaemon.Role.allCases.first(where: { "\($0)" == line.text(value) })
        else { throw RuleProblem.Reason(columns(command), "a sync daemon is master or backup") }
        return role
    }

    /// The option that asks for 0 where 0 means the kernel's own choice.
    var zeroOfDaemon: RuleOption? {
        [.daemonLength, .daemonPort, .daemonTTL].first { option in
            guard let value = word(option)?.value else { return false }
            return line[value].allSatisfy { $0 == UInt8(ascii: "0") }
        }
    }

    private func group() throws(RuleProblem.Reason) -> IPAddress? {
        guard let value = word(.daemonGroup)?.value else { return nil }
        do throws(ParseError) {
            return try IPAddress(parsing: line.text(value))
        } catch {
            throw RuleProblem.Reason(value, "\(error)")
        }
    }

    /// The number after an option; `nil` where it is not there.
    private func given<Number: FixedWidthInteger>(
        _ option: RuleOption
    ) throws(RuleProblem.Reason) -> Number? {
        guard let value = word(option)?.value else { return nil }
        return try number(value, Number.self)
    }
}
