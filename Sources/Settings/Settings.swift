package import Core
package import Net

/// Turns the text of a configuration file into an `Intent`, or says everything that is wrong.
///
/// The way there: `YAMLSource` composes the text into nodes that keep their places and their raw
/// text; `Reading` turns nodes into values section by section and collects problems; `Report`
/// renders those. Nothing is decoded by type: what a scalar means depends on the key it stands
/// under, and every value passes a check of its own. It is all or nothing: a file with an error
/// yields no intent at all, so that a daemon that is running keeps what it has.
package enum Settings {
    /// What a file without errors comes to.
    package struct Loaded: Sendable {
        /// What the operator asked for.
        package let intent: Intent
        /// Where the daemon listens for its operators.
        package let control: ControlSettings
        /// What is allowed but probably not meant, in the order of the file.
        package let warnings: [Problem]
        /// A fingerprint of the text.
        package let digest: Digest
        /// The warnings for people; empty when there are none.
        package let warningText: String
    }

    /// Reads `text`, which operators know as `file`.
    ///
    /// The node is called `hostName` when the text does not say otherwise. A refusal holds every
    /// error of the text at once, in the order of the file.
    package static func load(
        text: String,
        file: String,
        hostName: String
    ) throws(Rejection) -> Loaded {
        try load(text: text, file: file, hostName: hostName, warnings: [])
    }

    static func load(
        text: String,
        file: String,
        hostName: String,
        warnings: [Problem]
    ) throws(Rejection) -> Loaded {
        // A byte order mark is no part of the text; libyaml skips it only when it guesses.
        let body = text.hasPrefix("\u{feff}") ? String(text.unicodeScalars.dropFirst()) : text
        let source = Source(file: file, text: body)
        guard body.utf8.count <= Limits.fileBytes else {
            let message = "the file is larger than \(Limits.fileBytes >> 20) MiB"
            throw Rejection([Problem(.limit, at: .start, message)], in: source)
        }
        var yaml = YAMLSource(body, source)
        let root = yaml.compose()
        guard yaml.problems.isEmpty else { throw Rejection(yaml.problems, in: source) }
        guard let root, !root.isNull else {
            let message = "the file is empty, which is never taken to mean: no VIPs"
            let help = "the smallest file has `version`, `bgp` and `vips`"
            throw Rejection([Problem(.empty, at: .start, message, help: help)], in: source)
        }
        var reading = Reading(source)
        let result = reading.document(root, hostName: hostName)
        let problems = (warnings + reading.problems).inFileOrder
        guard let result, reading.errorCount == 0 else {
            throw Rejection(problems.filter { $0.severity == .error }, in: source)
        }
        return Loaded(
            intent: result.intent,
            control: result.control,
            warnings: problems,
            digest: Digest(of: text),
            warningText: Report(problems, in: source).text
        )
    }
}

/// Where the daemon listens for its operators, and who of them may change something.
package struct ControlSettings: Equatable, Sendable {
    /// The path of the control socket; at most 106 bytes.
    package var socket = "/run/penstock/control.sock"
    /// The group whose members may write.
    package var group = "penstock"
    /// Where status and metrics can be read over TCP, which changes nothing; `nil` for nowhere.
    package var http: Endpoint? = Endpoint(IPAddress(v4: 0x7f00_0001), 9477)

    /// The settings of a file that says nothing about them.
    package init() {}
}

/// The refusal of a configuration file, with everything that is wrong with it.
package struct Rejection: Error, Sendable, CustomStringConvertible {
    /// The errors in the order of the file, all of them; at least one.
    package let problems: [Problem]
    private let source: Source

    /// Refuses the text of `source` because of `problems`.
    package init(_ problems: [Problem], in source: Source) {
        precondition(!problems.isEmpty, "A refusal has a reason.")
        self.problems = problems
        self.source = source
    }

    /// The errors for people, as `Report` writes them.
    package var description: String { Report(problems, in: source).text }
}

extension [Problem] {
    /// These problems by place; those at one place in the order they were found, each once.
    ///
    /// What an alias stands for is read wherever the alias stands, and so would be said again.
    fileprivate var inFileOrder: Self {
        var seen: Set<Problem> = []
        return filter { seen.insert($0).inserted }
            .enumerated()
            .sorted { ($0.element.span, $0.offset) < ($1.element.span, $1.offset) }
            .map(\.element)
    }
}
