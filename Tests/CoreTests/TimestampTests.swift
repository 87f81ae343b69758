import Core
import Foundation
import TestSupport
import Testing

/// Civil time without Foundation, held to Foundation's.
@Suite struct TimestampTests {
    @Test(
        arguments: [
            (Int64(0), "1970-01-01T00:00:00.000Z"), (951_782_400_000, "2000-02-29T00:00:00.000Z"),
            (1_762_675_964_250, "2025-11-09T08:12:44.250Z"), (-1, "1969-12-31T23:59:59.999Z"),
            (4_102_444_799_999, "2099-12-31T23:59:59.999Z"),
        ]
    )
    func printsAndReads(milliseconds: Int64, text: String) {
        #expect(Timestamp(milliseconds: milliseconds).description == text)
        #expect(Timestamp(text)?.milliseconds == milliseconds)
    }

    @Test func agreesWithFoundation() {
        let format = Date.ISO8601FormatStyle(includingFractionalSeconds: true)
        for seed in UInt64(0)..<500 {
            var generator = SeededGenerator(seed: seed)
            let time = Int64.random(in: -2_000_000_000_000...4_000_000_000_000, using: &generator)
            let expected = Date(timeIntervalSince1970: Double(time / 1000)).formatted(format)
            let whole = Timestamp(milliseconds: time / 1000 * 1000)
            #expect(whole.description == expected, "seed \(seed)")
        }
    }

    @Test(
        arguments: [
            "", "2025-11-09", "2025-11-09T08:12:44Z", "2025-13-09T08:12:44.250Z",
            "2025-02-29T00:00:00.000Z", "2025-11-09T24:00:00.000Z", "2025-11-09 08:12:44.250Z",
            "2025-11-09T08:12:44.250+", "２025-11-09T08:12:44.250Z",
        ]
    )
    func refuses(text: String) { #expect(Timestamp(text) == nil) }

    @Test func subtracts() {
        let time = Timestamp(milliseconds: 5_000)
        #expect(time - .seconds(2) == Timestamp(milliseconds: 3_000))
        #expect(time - Timestamp(milliseconds: 1_000) == .seconds(4))
    }
}
