internal import ArgumentParser

/// A duration as an operator writes it: `500ms`, `30s`, `5m`, `2h`; the unit is never left out.
package struct Patience: Equatable, Sendable, ExpressibleByArgument {
    /// The longest that makes sense: a day, beyond which a unit has been mistaken.
    package static let longest: Duration = .seconds(86_400)

    /// The duration.
    package let duration: Duration

    /// Waits this long.
    package init(_ duration: Duration) { self.duration = duration }

    /// Reads a number with its unit; `nil` for anything else, for 0 and for more than a day.
    package init?(argument: String) {
        let digits = argument.prefix { $0.isASCII && $0.isNumber }
        guard digits.count <= 9, let number = Int64(digits), number > 0 else { return nil }
        let duration: Duration
        switch argument.dropFirst(digits.count) {
        case "ms": duration = .milliseconds(number)
        case "s": duration = .seconds(number)
        case "m": duration = .seconds(number * 60)
        case "h": duration = .seconds(number * 3600)
        default: return nil
        }
        guard duration <= Self.longest else { return nil }
        self.duration = duration
    }
}
