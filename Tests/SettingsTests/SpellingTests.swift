import Settings
import Testing

/// What was probably meant: the nearest word, when one is near enough.
@Suite struct SpellingTests {
    @Test(arguments: [
        ("adress", "address"), ("wieght", "weight"), ("servers", "backends"), ("WEIGHT", "weight"),
        ("colour", nil), ("", nil), (String(repeating: "weight", count: 9), nil),
    ])
    func findsTheNearest(word: String, expected: String?) {
        let nearest = Spelling.nearest(to: word, among: ["address", "weight", "backends"])
        #expect(nearest == expected)
    }
}
