package import Core

/// Numbers and times in as few characters as say it.
package enum Figures {
    /// How long ago something was: `41s`, `12m`, `3h`, `12d`; the largest unit that has two.
    package static func age(_ duration: Duration) -> String {
        let seconds = max(0, duration.components.seconds)
        switch seconds {
        case ..<120: return "\(seconds)s"
        case ..<7200: return "\(seconds / 60)m"
        case ..<172_800: return "\(seconds / 3600)h"
        default: return "\(seconds / 86_400)d"
        }
    }

    /// How long something took: `0.4s`, `12s`, `3m05s`.
    package static func elapsed(_ duration: Duration) -> String {
        let tenths = max(0, duration.nanoseconds / 100_000_000)
        guard tenths >= 100 else { return "\(tenths / 10).\(tenths % 10)s" }
        let seconds = tenths / 10
        guard seconds >= 60 else { return "\(seconds)s" }
        let rest = seconds % 60
        return "\(seconds / 60)m\(rest < 10 ? "0" : "")\(rest)s"
    }

    /// A whole number in groups of three: `41 203`.
    package static func grouped(_ number: Double) -> String {
        // What does not fit is shown as the largest that does; no link carries as much.
        let whole = Int64(min(max(number.rounded(), -9e15), 9e15))
        let digits = String(whole.magnitude)
        var text = ""
        for (index, digit) in digits.enumerated() {
            if index > 0, (digits.count - index) % 3 == 0 { text += " " }
            text.append(digit)
        }
        return whole < 0 ? "-\(text)" : text
    }

    /// A time to the second, in RFC 3339.
    package static func moment(_ time: Timestamp) -> String {
        "\(time)".split(separator: ".").first.map { "\($0)Z" } ?? "\(time)"
    }

    /// `1 VIP`, `3 VIPs`; `many` is for a noun that needs more than an s.
    package static func count(_ number: Int, _ noun: String, many: String? = nil) -> String {
        "\(number) \(number == 1 ? noun : many ?? noun + "s")"
    }

    /// A number with one decimal.
    package static func tenths(_ number: Double) -> String {
        let tenths = Int64(min(max((number * 10).rounded(), 0), 9e15))
        return "\(tenths / 10).\(tenths % 10)"
    }

    /// A share, 0...1, as `8.3%`; one that is too small to show is not shown as none.
    package static func percent(_ share: Double) -> String {
        share > 0 && share < 0.0005 ? "under 0.1%" : "\(short(share * 100))%"
    }

    /// A number with one decimal where it has one.
    package static func short(_ number: Double) -> String {
        let text = tenths(number)
        return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
    }
}
