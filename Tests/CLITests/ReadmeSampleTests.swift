import API
import Core
import Foundation
import TestSupport
import Testing
import penstock

/// The README's sample of `explain` is what the screen makes of such an explanation.
///
/// That a director says these words is held against a real one in the lab; here it is the form.
@Suite struct ReadmeSampleTests {
    /// The lines that the README shows below `$ penstock explain web`.
    private static func sample() throws -> [String] {
        let path = URL(filePath: #filePath).deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent()
            .appending(path: "README.md")
        let lines = try String(contentsOf: path, encoding: .utf8).components(separatedBy: "\n")
        let start = try #require(lines.firstIndex(of: "$ penstock explain web"))
        return Array(lines[(start + 1)...].prefix { !$0.hasPrefix("```") && !$0.isEmpty })
    }

    /// A row such as ` 3 http          ✓ weight 2 of 3 lives`, with its number if it has one.
    private static func row(_ line: String) -> (number: Int?, gate: GateStatus)? {
        let marks: [Character: GateStatus.Standing] = ["✓": .open, "✗": .closed, "–": .none]
        guard let mark = line.firstIndex(where: { marks[$0] != nil }),
            let standing = marks[line[mark]], line[..<mark].hasSuffix("  ")
        else { return nil }
        var words = line[..<mark].split(separator: " ")
        let number = words.first.flatMap { Int($0) }
        if number != nil { words.removeFirst() }
        let text = String(line[line.index(mark, offsetBy: 2)...])
        let name = words.joined(separator: " ")
        return (number, GateStatus(name: name, standing: standing, text: text))
    }

    @Test func theReadmeShowsWhatExplainPrints() throws {
        let sample = try Self.sample()
        let rows = sample.compactMap(Self.row)
        var vip = try #require(try SampleSnapshot.mixed().vips.first { $0.name == "web" })
        vip.gates = rows.filter { $0.number != nil }.map(\.gate)
        vip.path = rows.filter { $0.number == nil }.map(\.gate)
        #expect(rows.compactMap(\.number) == Array(1...vip.gates.count))
        let places = Set(vip.path?.map(\.name) ?? [])
        #expect(places.isSuperset(of: ["kernel", "zebra", "bgpd", "bgpd table", "peer 10.0.0.1"]))
        vip.services.removeLast(vip.services.count - 1)
        vip.services[0].name = "http"
        vip.advertisedTo = ["10.0.0.1"]
        vip.peers = 1
        let shown = screen(
            ExplainScreen(
                Explanation(takenAt: vip.since, establishedPeers: 2, vip: vip)
            ).lines
        )
        // The digest and the moment are the sample's own.
        func timeless(_ lines: [String]) -> [String] {
            lines.map { line in
                line.hasPrefix("→")
                    ? String(line.prefix { $0 != "T" }.dropLast(10))
                    : line.hasPrefix("  table") ? String(line.dropLast(16)) : line
            }
        }
        #expect(timeless(shown.components(separatedBy: "\n")) == timeless(sample))
    }
}
