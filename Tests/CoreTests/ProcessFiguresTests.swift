import Core
import TestSupport
import Testing

/// What /proc/PID/stat says (proc(5)).
@Suite struct ProcessFiguresTests {
    private static let units = ProcessFigures.Units(
        bootedAt: 1_700_000_000,
        ticksPerSecond: 100,
        pageBytes: 4096
    )
    /// The fields after the name: those that matter are told apart by their numbers.
    private static let rest =
        "S 1 42 42 0 -1 4194560 900 0 3 0 1234 66 5 6 20 0 9 0 50050 123456789 2500 "
        + "18446744073709551615 1 1 0 0 0\n"

    @Test(arguments: ["penstock", "a b", "x) S 9 9 9", "((", ""])
    func fieldsAreFoundWhateverTheProgramIsCalled(name: String) throws {
        let figures = try #require(
            ProcessFigures(stat: "42 (\(name)) \(Self.rest)", in: Self.units)
        )
        #expect(figures.cpuSeconds == 13)
        #expect(figures.startedAt == 1_700_000_500.5)
        #expect(figures.virtualBytes == 123_456_789)
        #expect(figures.residentBytes == 2500 * 4096)
        #expect(figures.threads == 9)
        #expect(figures.openFiles == nil && figures.mostFiles == nil)
    }

    @Test(arguments: ["", "42 penstock S 1", "42 (penstock)", "42 (penstock) S 1 2 3", ")"])
    func somethingElseIsNothing(text: String) {
        #expect(ProcessFigures(stat: text, in: Self.units) == nil)
    }

    @Test func numbersThatDoNotFitAreNothing() {
        let huge = "42 (p) S 1 42 42 0 -1 4 900 0 3 0 99999999999999999999999 66 5 6 20 0 9 0 5 1 2"
        #expect(ProcessFigures(stat: huge, in: Self.units) == nil)
        let none = ProcessFigures.Units(bootedAt: 0, ticksPerSecond: 0, pageBytes: 1)
        #expect(ProcessFigures(stat: "42 (p) \(Self.rest)", in: none) == nil)
    }
}
