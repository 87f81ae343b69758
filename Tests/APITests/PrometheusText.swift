import Testing

/// A strict reader of Prometheus' text format 0.0.4, stricter than Prometheus itself: every family
/// has its HELP and TYPE before its samples, samples of a family stand together, and no series
/// appears twice.
struct PrometheusText {
    struct Malformed: Error {
        let line: String
        let reason: String
    }

    /// A sample: its name, its labels and its value.
    struct Sample: Equatable {
        let name: String
        let labels: [String: String]
        let value: Double
    }

    private(set) var types: [String: String] = [:]
    private(set) var helps: [String: String] = [:]
    private(set) var samples: [Sample] = []

    init(parsing text: String) throws {
        guard text.isEmpty || text.hasSuffix("\n") else {
            throw Malformed(line: "", reason: "the last line does not end")
        }
        var current: String?
        var series: Set<String> = []
        for line in text.split(separator: "\n", omittingEmptySubsequences: false).dropLast() {
            let line = String(line)
            if line.hasPrefix("# ") {
                current = try comment(line, in: current)
                continue
            }
            let sample = try Self.sample(line)
            guard let current, let type = types[current],
                Self.names(current, type).contains(sample.name)
            else {
                throw Malformed(line: line, reason: "outside its family")
            }
            let identity = "\(sample.labels.sorted { $0.key < $1.key })"
            guard series.insert(sample.name + identity).inserted else {
                throw Malformed(line: line, reason: "the series was there before")
            }
            samples.append(sample)
        }
        for (name, type) in types {
            let names = Self.names(name, type)
            guard names.isSubset(of: samples.map(\.name)) else {
                throw Malformed(line: name, reason: "a family without samples")
            }
            if type == "histogram" { try checkBuckets(of: name) }
        }
    }

    /// The names that the samples of a family have.
    private static func names(_ family: String, _ type: String) -> Set<String> {
        type == "histogram"
            ? [family + "_bucket", family + "_sum", family + "_count"] : [family]
    }

    /// Every series has buckets that only grow, up to one for everything, which is its count.
    private func checkBuckets(of name: String) throws {
        func key(_ labels: [String: String]) -> String {
            "\(labels.filter { $0.key != "le" }.sorted { $0.key < $1.key })"
        }
        let buckets = Dictionary(grouping: samples.filter { $0.name == name + "_bucket" }) {
            key($0.labels)
        }
        for (series, found) in buckets {
            let bounds = found.map { Double($0.labels["le"] ?? "") ?? .nan }
            let count = samples.first { $0.name == name + "_count" && key($0.labels) == series }
            guard zip(bounds, bounds.dropFirst()).allSatisfy(<), bounds.last == .infinity,
                zip(found, found.dropFirst()).allSatisfy({ $0.value <= $1.value }),
                found.last?.value == count?.value
            else { throw Malformed(line: name, reason: "its buckets do not add up") }
        }
    }

    /// The value of the only sample with `name` and, at least, `labels`.
    func value(_ name: String, _ labels: [String: String] = [:]) -> Double? {
        let found = samples.filter { sample in
            sample.name == name && labels.allSatisfy { sample.labels[$0.key] == $0.value }
        }
        return found.count == 1 ? found[0].value : nil
    }

    private mutating func comment(_ line: String, in current: String?) throws -> String {
        let words = line.split(separator: " ", maxSplits: 3).map(String.init)
        guard words.count == 4, Self.isName(words[2]) else {
            throw Malformed(line: line, reason: "neither HELP nor TYPE")
        }
        let name = words[2]
        switch words[1] {
        case "HELP":
            guard helps.updateValue(words[3], forKey: name) == nil else {
                throw Malformed(line: line, reason: "the family was there before")
            }
        case "TYPE":
            guard current == name, ["gauge", "counter", "histogram"].contains(words[3]),
                types.updateValue(words[3], forKey: name) == nil
            else { throw Malformed(line: line, reason: "not the type of the family above") }
            if words[3] == "counter", !name.hasSuffix("_total") {
                throw Malformed(line: line, reason: "a counter ends in _total")
            }
        default: throw Malformed(line: line, reason: "neither HELP nor TYPE")
        }
        return name
    }

    private static func sample(_ line: String) throws -> Sample {
        var rest = Substring(line)
        let name = String(rest.prefix { $0.isLetter || $0.isNumber || "_:".contains($0) })
        guard isName(name) else { throw Malformed(line: line, reason: "no name") }
        rest = rest.dropFirst(name.count)
        var labels: [String: String] = [:]
        if rest.first == "{" {
            rest = rest.dropFirst()
            repeat {
                let label = String(rest.prefix { $0 != "=" })
                rest = rest.dropFirst(label.count)
                guard isName(label), rest.hasPrefix("=\"") else {
                    throw Malformed(line: line, reason: "no label")
                }
                rest = rest.dropFirst(2)
                let value = try quoted(&rest, line)
                guard labels.updateValue(value, forKey: label) == nil else {
                    throw Malformed(line: line, reason: "a label twice")
                }
            } while skip(",", in: &rest)
            guard skip("}", in: &rest) else {
                throw Malformed(line: line, reason: "labels do not end")
            }
        }
        guard skip(" ", in: &rest), let value = Double(rest) else {
            throw Malformed(line: line, reason: "no number")
        }
        return Sample(name: name, labels: labels, value: value)
    }

    private static func quoted(_ rest: inout Substring, _ line: String) throws -> String {
        var value = ""
        while let character = rest.popFirst() {
            switch character {
            case "\"": return value
            case "\\":
                switch rest.popFirst() {
                case "\\": value.append("\\")
                case "n": value.append("\n")
                case "\"": value.append("\"")
                default: throw Malformed(line: line, reason: "an unknown escape")
                }
            default: value.append(character)
            }
        }
        throw Malformed(line: line, reason: "a value does not end")
    }

    private static func skip(_ character: Character, in rest: inout Substring) -> Bool {
        guard rest.first == character else { return false }
        rest = rest.dropFirst()
        return true
    }

    private static func isName(_ text: String) -> Bool {
        guard let first = text.first, first.isLetter || first == "_" else { return false }
        return text.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_") }
    }
}

@Suite struct PrometheusTextTests {
    @Test(arguments: [
        "a 1", "a 1\n", "# HELP a b\na 1\n", "# HELP a b\n# TYPE a gauge\n",
        "# HELP a b\n# TYPE a gauge\na 1\na 1\n", "# HELP a b\n# TYPE a gauge\na{x=\"\\q\"} 1\n",
        "# HELP a b\n# TYPE a gauge\na{x=\"} 1\n", "# HELP a b\n# TYPE a gauge\na{} 1\n",
        "# HELP a b\n# TYPE a gauge\na x\n", "# HELP a b\n# TYPE a counter\na 1\n",
        "# HELP a b\n# TYPE a histogram\na 1\n",
        "# HELP a b\n# TYPE a histogram\na_bucket{le=\"1\"} 1\na_sum 1\na_count 1\n",
        "# HELP a b\n# TYPE a histogram\na_bucket{le=\"+Inf\"} 2\na_sum 1\na_count 1\n",
        "# HELP a b\n# TYPE a gauge\nb 1\n", "# HELP a b\n# TYPE a gauge\na{x=\"1\",x=\"2\"} 1\n",
        "# HELP a b\n# TYPE a gauge\na 1\n# HELP a b\n# TYPE a gauge\na{x=\"1\"} 1\n",
    ])
    func refusesWhatIsMalformed(text: String) {
        #expect(throws: PrometheusText.Malformed.self) { try PrometheusText(parsing: text) }
    }
}
