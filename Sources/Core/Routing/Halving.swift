/// Powers and logarithms of two, from what IEEE 754 rounds the same way on every machine.
///
/// The core imports no mathematics library, and a simulation has to give the same run everywhere.
package enum Halving {
    /// How many bits of the fraction are worked out: as many as a `Double` has.
    private static let bits = 52

    /// What is left of 1 after so many half-lives, which are zero or more.
    package static func remainder(after halfLives: Double) -> Double {
        // Beyond the smallest number nothing is left.
        guard halfLives < 1074 else { return 0 }
        let whole = halfLives.rounded(.down)
        var fraction = halfLives - whole
        var left = Double(sign: .plus, exponent: -Int(whole), significand: 1)
        var root = 0.5
        for _ in 0..<bits where fraction > 0 {
            root = root.squareRoot()
            fraction *= 2
            if fraction >= 1 {
                left *= root
                fraction -= 1
            }
        }
        return left
    }

    /// How many half-lives it takes until `ratio` of something has become 1; zero below that.
    package static func halfLives(from ratio: Double) -> Double {
        guard ratio > 1, ratio.isFinite else { return 0 }
        var count = Double(ratio.exponent)
        var rest = ratio.significand
        var bit = 0.5
        for _ in 0..<bits {
            rest *= rest
            if rest >= 2 {
                rest /= 2
                count += bit
            }
            bit /= 2
        }
        return count
    }
}
