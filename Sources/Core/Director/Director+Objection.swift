// What an operator should not be given, said before it is carried out.

extension Director {
    /// Why `command` would not do what whoever asks for it wants; `nil` for most.
    package func objection(to command: Command) -> Fault? {
        guard command == .undrain(.node, source: .command), standingDrains[.file] != nil else {
            return nil
        }
        let file = intent.drain.file ?? "the drain file"
        return Fault(
            code: "D451",
            summary: "the director stays drained: \(file) asks for it",
            because: "it drains for as long as that file exists",
            fix: "rm \(file)"
        )
    }
}
