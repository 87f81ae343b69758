import Core
import Testing
import TestSupport

/// Rise and fall: which results change the opinion, and which must not.
@Suite struct HealthMachineTests {
    /// A state, one kind of result repeated, and where that leads; `rise` is 2, `fall` is 3.
    struct Case: CustomTestStringConvertible {
        let from: HealthMachine.State
        let code: Outcome.Code
        /// The state after each of the results.
        let states: [HealthMachine.State]

        init(_ from: HealthMachine.State, _ code: Outcome.Code, _ states: HealthMachine.State...) {
            (self.from, self.code, self.states) = (from, code, states)
        }

        var testDescription: String { "\(from) on \(code.rawValue) x\(states.count)" }
    }

    @Test(arguments: [
        Case(.unknown, .l4ok, .unknown, .up, .up),
        Case(.unknown, .l4timeout, .unknown, .unknown, .down, .down),
        Case(.unknown, .socketError, .unknown, .unknown, .unknown, .unknown),
        Case(.assumed, .l7ok, .assumed, .up),
        Case(.assumed, .l7status, .assumed, .assumed, .down),
        Case(.assumed, .socketError, .assumed, .assumed),
        Case(.up, .l4ok, .up, .up, .up),
        Case(.up, .l4connection, .up, .up, .down, .down),
        Case(.up, .l7response, .up, .up, .down),
        Case(.up, .socketError, .up, .up, .up, .up),
        Case(.down, .l4ok, .down, .up, .up),
        Case(.down, .l7status, .down, .down, .down, .down),
        Case(.down, .socketError, .down, .down, .down),
    ])
    func walks(_ example: Case) {
        var machine = Self.machine(in: example.from)
        for state in example.states {
            let before = machine.isUp
            let changed = machine.probed(Outcome(example.code))
            #expect(machine.state == state)
            #expect(changed == (machine.isUp != before))
        }
    }

    @Test func oneContraryResultBreaksAStreak() {
        var machine = Self.machine(in: .up)
        for code in [Outcome.Code.l4timeout, .l4timeout, .l4ok, .l4timeout, .l4timeout] {
            let changed = machine.probed(Outcome(code))
            #expect(!changed)
        }
        #expect(machine.state == .up)
        let changed = machine.probed(Outcome(.l4timeout))
        #expect(changed)
        #expect(machine.state == .down)
    }

    /// Local trouble between two failures neither counts as one nor forgives them.
    @Test func anUnknownResultLeavesAStreakAlone() {
        var machine = Self.machine(in: .up)
        for code in [Outcome.Code.l4timeout, .socketError, .l4timeout, .socketError] {
            let changed = machine.probed(Outcome(code))
            #expect(!changed)
        }
        let changed = machine.probed(Outcome(.l4timeout))
        #expect(changed)
        #expect(machine.last?.code == .l4timeout)
    }

    @Test func useIsBelievedOnlyBeforeTheFirstJudgement() {
        var machine = Self.machine(in: .down)
        machine.foundInUse()
        #expect(machine.state == .down)
        var adopted = HealthMachine(rise: 1, fall: 1)
        adopted.foundInUse()
        #expect(adopted.state == .assumed)
        #expect(adopted.isUp == true)
    }

    /// The opinion after any history is what the plain words say of that history: the last time
    /// `rise` passes or `fall` failures stood in a row, with unknown results left out.
    @Test(arguments: UInt64(0)..<50)
    func agreesWithItsDefinition(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<5 {
            let rise = Int.random(in: 1...5, using: &generator)
            let fall = Int.random(in: 1...5, using: &generator)
            var machine = HealthMachine(rise: rise, fall: fall)
            var history: [Bool] = []
            for _ in 0..<100 {
                let code = Outcome.Code.allCases.randomElement(using: &generator) ?? .l4ok
                let outcome = Outcome(code)
                if outcome.verdict != .unknown { history.append(outcome.verdict == .passed) }
                let before = machine.isUp
                let changed = machine.probed(outcome)
                #expect(machine.isUp == Self.judge(history, rise: rise, fall: fall))
                #expect(changed == (machine.isUp != before))
                #expect(machine.last == outcome)
            }
        }
    }

    private static func judge(_ history: [Bool], rise: Int, fall: Int) -> Bool? {
        var opinion: Bool?
        for end in history.indices {
            let passed = history[end]
            let streak = history[...end].reversed().prefix { $0 == passed }.count
            if streak >= (passed ? rise : fall) { opinion = passed }
        }
        return opinion
    }

    private static func machine(in state: HealthMachine.State) -> HealthMachine {
        var machine = HealthMachine(rise: 2, fall: 3)
        switch state {
        case .unknown: break
        case .assumed: machine.foundInUse()
        case .up: for _ in 0..<2 { _ = machine.probed(Outcome(.l4ok)) }
        case .down: for _ in 0..<3 { _ = machine.probed(Outcome(.l4timeout)) }
        }
        return machine
    }
}
