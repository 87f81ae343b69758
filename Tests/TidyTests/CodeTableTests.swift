import Foundation
import Testing

/// Every stable code of a fault stands in the operating guide, where a tired reader looks it up.
struct CodeTableTests {
    private static let root = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    /// The codes in `text`, with ranges such as `K314 to K316` filled in.
    static func codes(in text: String) -> Set<String> {
        let found = text.matches(of: /\b([FKD])(\d{3})\b(?: to [FKD](\d{3})\b)?/)
        var codes: Set<String> = []
        for match in found {
            guard let first = Int(match.2) else { continue }
            let last = match.3.flatMap { Int($0) } ?? first
            for number in first...max(first, last) { codes.insert("\(match.1)\(number)") }
        }
        return codes
    }

    @Test func readsCodesAndRanges() {
        #expect(Self.codes(in: "| F101, K314 to K316 | x") == ["F101", "K314", "K315", "K316"])
        #expect(Self.codes(in: "F10 XK301 K3011").isEmpty)
    }

    /// A code with two rows would have two meanings.
    @Test func everyCodeHasOneMeaning() throws {
        let guide = Self.root
            .appendingPathComponent("Sources/Core/Documentation.docc/Operating.md")
        var rows: [String: Int] = [:]
        for line in try String(contentsOf: guide, encoding: .utf8).split(separator: "\n") {
            let cells = line.split(separator: "|")
            guard line.hasPrefix("| "), cells.count == 3 else { continue }
            for code in Self.codes(in: String(cells[0])) { rows[code, default: 0] += 1 }
        }
        #expect(rows.count > 50)
        #expect(rows.filter { $0.value > 1 }.keys.sorted() == [])
    }

    @Test func everyCodeIsInTheGuide() throws {
        let guide = Self.root
            .appendingPathComponent("Sources/Core/Documentation.docc/Operating.md")
        let documented = Self.codes(in: try String(contentsOf: guide, encoding: .utf8))
        let sources = try #require(
            FileManager.default.enumerator(
                at: Self.root.appendingPathComponent("Sources"),
                includingPropertiesForKeys: nil
            )
        )
        var used: Set<String> = []
        for case let file as URL in sources where file.pathExtension == "swift" {
            let text = try String(contentsOf: file, encoding: .utf8)
            for match in text.matches(of: /"([FKD]\d{3})"/) { used.insert(String(match.1)) }
        }
        #expect(!used.isEmpty)
        #expect(used.subtracting(documented).sorted() == [])
    }
}
