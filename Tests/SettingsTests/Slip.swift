import Settings
import Testing

/// A file that is right, and that slips are made in.
enum Sample {
    /// The name it goes by in reports.
    static let file = "p.yaml"

    static let text = """
        version: 1
        bgp:
          asn: 65001
          owned-prefixes: [203.0.113.0/24, 2001:db8:113::/48]
        checks:
          alive: { type: tcp }
        pools:
          web:
            checks: [alive]
            backends: [10.20.0.11, 10.20.0.12]
        vips:
          - name: web
            address: 203.0.113.10
            services:
              - { name: https, listen: 443/tcp, pool: web }

        """

    /// What `text` comes to; the host is called `host`.
    static func load(_ text: String = Sample.text) throws(Rejection) -> Settings.Loaded {
        try Settings.load(text: text, file: file, hostName: "host")
    }

    /// The sample with the first `part` replaced; a part that is not there fails the test.
    static func replacing(_ part: String, with new: String) -> String {
        guard let range = text.firstRange(of: part) else {
            Issue.record("the sample does not contain \(part)")
            return text
        }
        return text.replacingCharacters(in: range, with: new)
    }
}

extension String {
    fileprivate func replacingCharacters(in range: Range<Index>, with new: String) -> String {
        self[..<range.lowerBound] + new + self[range.upperBound...]
    }
}

/// A slip of an operator, and the report they get.
struct Slip: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let text: String
    let report: String

    /// The sample with `part` written as `new`.
    init(_ label: String, _ part: String, becomes new: String, report: String) {
        self.init(label, text: Sample.replacing(part, with: new), report: report)
    }

    /// A text of its own.
    init(_ label: String, text: String, report: String) {
        testDescription = label
        self.text = text
        self.report = report
    }

    /// The refusal; a text that is taken fails the test.
    func rejection() throws -> Rejection {
        try #require(throws: Rejection.self) { try Sample.load(text) }
    }
}
