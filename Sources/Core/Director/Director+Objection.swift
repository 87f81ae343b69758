import Net

// What an operator should not be given, said before it is carried out.

extension Director {
    /// Why `command` would not do what whoever asks for it wants; `nil` for most.
    package func objection(to command: Command) -> Fault? {
        switch command {
        case .undrain(.node, .command):
            guard standingDrains[.file] != nil else { return nil }
            let file = intent.drain.file ?? "the drain file"
            return Fault(
                code: "D451",
                summary: "the director stays drained: \(file) asks for it",
                because: "it drains for as long as that file exists",
                fix: "rm \(file)"
            )
        case .drain(let order):
            guard case .vip(let address) = order.scope,
                !intent.vips.contains(where: { $0.address == address })
            else { return nil }
            return Fault(
                code: "D452",
                summary: "\(address) is not in the configuration, so it cannot be drained",
                because: "a VIP that left the configuration is withdrawn in any case",
                fix: "penstock status"
            )
        case .several(let commands):
            return commands.lazy.compactMap { objection(to: $0) }.first
        case .undrain, .order, .reload, .drainFileKnown: return nil
        }
    }
}
