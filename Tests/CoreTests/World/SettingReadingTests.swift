import Core
import Net
import Testing

/// Which kernel settings matter, and what they are to be.
@Suite struct SettingReadingTests {
    private func reading(
        _ name: String,
        _ actual: String? = "0",
        _ accepted: [Int] = [1],
        _ use: SettingReading.Use = .always
    ) -> SettingReading {
        SettingReading(
            name: name,
            actual: actual,
            accepted: accepted,
            isNeeded: true,
            use: use,
            reason: "it matters"
        )
    }

    private func intent(
        _ forwarding: Forwarding = .directRouting,
        hasSourceNAT: Bool = false,
        sysctls: [String: Int] = [:]
    ) throws -> Intent {
        var intent = try DirectorBench.intent(ipvs: IPVSPolicy(sysctls: sysctls))
        intent.vips[0].services[0].forwarding = forwarding
        intent.vips[0].services[0].hasSourceNAT = hasSourceNAT
        return intent
    }

    @Test(
        arguments: [
            ("1", [1], true), ("0", [1], false), ("0", [2, 0], true), ("1", [2, 0], false),
            (nil, [1], true), ("unreadable: EIO", [1], false), ("7", [], true),
        ] as [(String?, [Int], Bool)]
    )
    func isRightWhereTheNumberWillDo(actual: String?, accepted: [Int], isRight: Bool) {
        #expect(reading("x", actual, accepted).isRight == isRight)
    }

    @Test func mattersWhereAServiceAsksForIt() throws {
        let readings = SettingReading.Use.allCases.map { reading($0.rawValue, "0", [1], $0) }
        func names(_ intent: Intent) -> [String] { intent.judged(readings).map(\.name) }
        #expect(names(try intent()) == ["always", "noSourceNAT"])
        #expect(names(try intent(.tunnel)) == ["always", "noSourceNAT", "tunnelling"])
        #expect(names(try intent(.masquerade)) == ["always", "masquerading", "noSourceNAT"])
        #expect(
            names(try intent(.masquerade, hasSourceNAT: true))
                == ["always", "masquerading", "sourceNAT"]
        )
    }

    @Test func isWhatTheConfigurationSays() throws {
        let readings = [
            reading("a", "0", [1]), reading("b", "5", []), reading("c", "0", [0], .noSourceNAT),
            reading("c", "0", [1], .sourceNAT),
        ]
        let plain = try intent().judged(readings)
        #expect(plain.map(\.name) == ["a", "c"])
        let other = try intent(sysctls: ["a": 0, "b": 3, "c": 1]).judged(readings)
        #expect(other.map(\.name) == ["a", "b", "c"])
        #expect(other.map(\.accepted) == [[0], [3], [1]])
        #expect(other.map(\.isRight) == [true, false, false])
        #expect(other.allSatisfy { $0.reason.contains("ipvs.sysctls") })
    }

    @Test func theGateNamesEachThatIsWrongWithItsReason() throws {
        var bench = DirectorBench(try DirectorBench.intent())
        bench.world.isSettingRight = false
        bench.live()
        let gates = bench.snapshot().vips.first?.gates.filter { $0.name == "settings" } ?? []
        #expect(gates.map(\.standing) == [.closed])
        #expect(
            gates.first?.text.hasPrefix("net.ipv4.vs.sloppy_tcp is 0, should be 1: flows") == true
        )
        bench.world.isSettingRight = true
        bench.live(.seconds(30))
        let open = bench.snapshot().vips.first?.gates.filter { $0.name == "settings" } ?? []
        #expect(open.map(\.text) == ["kernel settings in force"])
    }
}
