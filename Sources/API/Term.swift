/// How long an order holds, as an operator writes it: `90s`, `30m`, `2h`, `3d`.
package struct Term: Hashable, Sendable {
    /// The longest: a quarter of a year, after which an order belongs into the configuration.
    package static let longest: Duration = .seconds(90 * 86_400)
    /// What is accepted, for messages.
    package static let form = "a whole number and a unit: 90s, 30m, 2h or 3d, at most 90d"

    private static let units: [Substring: Int64] = ["s": 1, "m": 60, "h": 3600, "d": 86_400]

    /// How it was written.
    package let text: String
    /// How long.
    package let duration: Duration

    /// Reads a number with its unit; `nil` for anything else, for 0 and for what is too long.
    package init?(_ text: String) {
        let digits = text.prefix { $0.isASCII && $0.isNumber }
        guard digits.count <= 7, let number = Int64(digits), number > 0,
            let unit = Self.units[text.dropFirst(digits.count)]
        else { return nil }
        self.text = text
        duration = .seconds(number * unit)
        guard duration <= Self.longest else { return nil }
    }
}
