import Core

/// The words of an outcome that come from outside, made fit for a log and a terminal.
enum Evidence {
    /// The most characters of a server's own words in a detail text.
    static let longest = 60

    /// The printable ASCII of `bytes`, everything else as `?`, cut short.
    ///
    /// A reason phrase can hold escape sequences and line breaks made to forge log lines.
    static func printable(_ bytes: some Sequence<UInt8>) -> String {
        var text = ""
        for byte in bytes {
            guard text.utf8.count < longest else { return text + "..." }
            let shown = (0x20...0x7e).contains(byte) ? byte : UInt8(ascii: "?")
            text.unicodeScalars.append(Unicode.Scalar(shown))
        }
        return text
    }

    /// A time as an operator writes it: `500ms`, `1s`, `1.5s`.
    static func short(_ duration: Duration) -> String {
        let milliseconds = duration.nanoseconds / 1_000_000
        guard milliseconds >= 1000 else { return "\(milliseconds)ms" }
        guard milliseconds % 1000 != 0 else { return "\(milliseconds / 1000)s" }
        return "\(Double(milliseconds) / 1000)s"
    }

    /// The accepted status codes: `200-399`, `200, 204`.
    static func statuses(_ ranges: [ClosedRange<Int>]) -> String {
        ranges.map { range in
            range.count == 1
                ? "\(range.lowerBound)" : "\(range.lowerBound)-\(range.upperBound)"
        }
        .joined(separator: ", ")
    }
}
