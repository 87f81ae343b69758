/// The repository says all it has to say itself: no text in it leads to somebody's own disk.
enum StandingAlone {
    /// Places that nobody but their owner can open, in halves so that this file names none.
    static let places = ["/wo" + "rk/", "../sha" + "red", "/Us" + "ers/", "file:" + "///"]

    /// The lines of `text` that name such a place.
    static func findings(path: String, text: String) -> [Finding] {
        text.split(separator: "\n", omittingEmptySubsequences: false).enumerated()
            .flatMap { number, line in
                places.filter { names($0, in: String(line)) }.map { place in
                    Finding(
                        path: path,
                        line: number + 1,
                        rule: "standing alone",
                        advice: "`\(place)` exists on one machine only: say here what it says there"
                    )
                }
            }
    }

    /// True when `place` begins a path in the line, rather than being the middle of another one.
    private static func names(_ place: String, in line: String) -> Bool {
        line.ranges(of: place).contains { range in
            guard place.hasPrefix("/"), range.lowerBound > line.startIndex else { return true }
            let before = line[line.index(before: range.lowerBound)]
            return !before.isLetter && !before.isNumber && !"._-})*\"'".contains(before)
        }
    }
}
