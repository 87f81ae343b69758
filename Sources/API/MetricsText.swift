internal import Core

/// Metrics in Prometheus' text format 0.0.4, family by family.
///
/// What is not known has no sample, and a family without samples does not appear at all: an
/// absent series can be alerted on, an invented 0 looks like an answer.
struct MetricsText {
    /// The media type of the format.
    static let mediaType = "text/plain; version=0.0.4; charset=utf-8"

    /// How a family's values may move.
    enum Kind: String {
        case gauge, counter, histogram
    }

    /// One value of a family with the labels that tell it from the others.
    struct Sample {
        let labels: [Label]
        let value: String

        /// A number that is whole.
        init(_ labels: [Label], _ value: some BinaryInteger) {
            self.labels = labels
            self.value = "\(value)"
        }

        /// 1 for what is so, 0 for what is not.
        init(_ labels: [Label], _ isSo: Bool) { self.init(labels, isSo ? 1 : 0) }

        /// A number of seconds.
        init(_ labels: [Label], _ seconds: Double) {
            self.labels = labels
            value = "\(seconds)"
        }

        /// A moment, in seconds since the Unix epoch, with milliseconds.
        init(_ labels: [Label], seconds milliseconds: Int64) {
            self.labels = labels
            value = "\(Double(milliseconds) / 1000)"
        }
    }

    /// A label's name, which is ours, and its value, which may be anything.
    struct Label {
        let name: String
        let value: String

        init(_ name: String, _ value: String) {
            self.name = name
            self.value = value
        }
    }

    /// The page so far.
    private(set) var text = ""

    /// Adds a family, if it has samples.
    mutating func add(
        _ name: String,
        _ help: String,
        kind: Kind = .gauge,
        _ samples: [Sample]
    ) {
        guard !samples.isEmpty else { return }
        text += "# HELP \(name) \(Self.escaped(help, inQuotes: false))\n"
        text += "# TYPE \(name) \(kind.rawValue)\n"
        for sample in samples { add(line: name, sample) }
    }

    /// Adds a family of durations, if it has any.
    mutating func add(
        _ name: String,
        _ help: String,
        durations: [(labels: [Label], counts: DurationCounts)]
    ) {
        guard !durations.isEmpty else { return }
        text += "# HELP \(name) \(Self.escaped(help, inQuotes: false))\n"
        text += "# TYPE \(name) \(Kind.histogram.rawValue)\n"
        for (labels, counts) in durations {
            // What a bucket says counts everything below its bound.
            var total = 0
            let bounds = counts.bounds
            for (index, count) in counts.counts.enumerated() {
                total += count
                let bound = index < bounds.count ? "\(bounds[index])" : "+Inf"
                add(line: name + "_bucket", Sample(labels + [Label("le", bound)], total))
            }
            add(line: name + "_sum", Sample(labels, counts.sum))
            add(line: name + "_count", Sample(labels, total))
        }
    }

    private mutating func add(line name: String, _ sample: Sample) {
        text += name
        if !sample.labels.isEmpty {
            let labels = sample.labels.map {
                "\($0.name)=\"\(Self.escaped($0.value, inQuotes: true))\""
            }
            text += "{\(labels.joined(separator: ","))}"
        }
        text += " \(sample.value)\n"
    }

    /// `text` with escapes for what would end a line or, in quotes, a value.
    private static func escaped(_ text: String, inQuotes: Bool) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\\": result += #"\\"#
            case "\n": result += #"\n"#
            case "\"" where inQuotes: result += #"\""#
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }
}
