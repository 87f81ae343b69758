package import Core
import Foundation
package import Logging

/// Writes log events as lines: one event, one line, whatever the values hold.
package struct StructuredLog: LogHandler {
    package var metadata: Logger.Metadata = [:]
    package var logLevel: Logger.Level
    private let format: LogFormat
    private let now: @Sendable () -> Timestamp
    private let write: @Sendable (String) -> Void

    /// A log that is written line by line.
    ///
    /// - Parameters:
    ///   - format: How a line is written.
    ///   - level: What is below it is dropped.
    ///   - now: What the time is.
    ///   - write: Takes one line with its end; the standard error unless said.
    package init(
        format: LogFormat,
        level: Logger.Level,
        now: @escaping @Sendable () -> Timestamp = { .current },
        write: @escaping @Sendable (String) -> Void = Self.writeToStandardError
    ) {
        self.format = format
        logLevel = level
        self.now = now
        self.write = write
    }

    package subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    package func log(event: LogEvent) {
        let all = metadata.merging(event.metadata ?? [:]) { _, own in own }
        let fields = all.sorted { $0.key < $1.key }.map { ($0.key, "\($0.value)") }
        let message = "\(event.message)"
        switch format {
        case .text: write(text(event.level, message, fields))
        case .logfmt: write(logfmt(event.level, message, fields))
        case .json: write(json(event.level, message, fields))
        }
    }

    private func text(
        _ level: Logger.Level,
        _ message: String,
        _ fields: [(String, String)]
    ) -> String {
        let time = now().description.dropFirst(11).dropLast(1)
        let mark =
            switch level {
            case .trace, .debug: " "
            case .info, .notice: "·"
            case .warning: "!"
            case .error, .critical: "✗"
            }
        // Figures for programs would only be in the way here.
        let shown = fields.filter { $0.0 != "monotonic_ns" && $0.0 != "event" }
            .map { " \($0.0)=\(Self.quoted($0.1))" }
        return "\(time) \(mark) \(Self.plain(message))\(shown.joined())\n"
    }

    private func logfmt(
        _ level: Logger.Level,
        _ message: String,
        _ fields: [(String, String)]
    ) -> String {
        let all = [("ts", "\(now())"), ("level", "\(level)"), ("msg", message)] + fields
        return all.map { "\($0.0)=\(Self.quoted($0.1))" }.joined(separator: " ") + "\n"
    }

    private func json(
        _ level: Logger.Level,
        _ message: String,
        _ fields: [(String, String)]
    ) -> String {
        let all = [("ts", "\(now())"), ("level", "\(level)"), ("msg", message)] + fields
        let members = all.map { "\(Self.literal($0.0)):\(Self.literal($0.1))" }
        return "{" + members.joined(separator: ",") + "}\n"
    }

    /// The text without control characters: what a server answered must not move a cursor.
    private static func plain(_ text: String) -> String {
        String(
            String.UnicodeScalarView(
                text.unicodeScalars.map { $0.value < 0x20 || $0.value == 0x7f ? "\u{fffd}" : $0 }
            )
        )
    }

    private static func quoted(_ text: String) -> String {
        let needsQuotes = text.isEmpty || text.contains { " \"=\n\r\t\\".contains($0) }
        return needsQuotes ? literal(text) : plain(text)
    }

    /// A JSON string (RFC 8259 §7).
    private static func literal(_ text: String) -> String {
        var literal = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": literal += "\\\""
            case "\\": literal += "\\\\"
            case "\n": literal += "\\n"
            case "\r": literal += "\\r"
            case "\t": literal += "\\t"
            case _ where scalar.value < 0x20 || scalar.value == 0x7f:
                let hex = String(scalar.value, radix: 16)
                literal += "\\u" + String(repeating: "0", count: 4 - hex.count) + hex
            default: literal.unicodeScalars.append(scalar)
            }
        }
        return literal + "\""
    }

    /// Writes one line to the standard error; a log that cannot be written has nowhere to say so.
    package static let writeToStandardError: @Sendable (String) -> Void = { line in
        do {
            try FileHandle.standardError.write(contentsOf: Data(line.utf8))
        } catch {
            // Nowhere to say so.
        }
    }
}

extension Timestamp {
    /// What the civil clock says.
    package static var current: Timestamp {
        Timestamp(milliseconds: Int64(Date().timeIntervalSince1970 * 1000))
    }
}
