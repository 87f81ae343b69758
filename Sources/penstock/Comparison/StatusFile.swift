internal import API
internal import Core
internal import Foundation

/// A status document that was saved: the output of `penstock status --json`.
struct StatusFile {
    let snapshot: Snapshot

    /// Reads the document at `path`.
    init(_ path: String) throws(ControlFailure) {
        do {
            let handle = try FileHandle(forReadingFrom: URL(fileURLWithPath: path))
            // One byte more than an answer may have is enough to know that it is too large.
            let bytes = try handle.read(upToCount: ControlLimits.answerBytes + 1) ?? Data()
            guard bytes.count <= ControlLimits.answerBytes else { throw TooLarge() }
            snapshot = try JSONDecoder().decode(Snapshot.self, from: bytes)
        } catch is TooLarge {
            throw Self.unreadable(path, "it has more than \(ControlLimits.answerBytes) bytes")
        } catch let error as DecodingError {
            throw Self.unreadable(path, Self.describe(error))
        } catch {
            throw Self.unreadable(path, error.localizedDescription)
        }
    }

    private struct TooLarge: Error {}

    private static func describe(_ error: DecodingError) -> String {
        switch error {
        case .keyNotFound(let key, _): "it has no \"\(key.stringValue)\""
        case .typeMismatch(_, let context), .valueNotFound(_, let context):
            "\"\(context.codingPath.map(\.stringValue).joined(separator: "."))\" is of another kind"
        case .dataCorrupted: "it is not JSON"
        @unknown default: "\(error)"
        }
    }

    private static func unreadable(_ path: String, _ because: String) -> ControlFailure {
        ControlFailure(
            .invalidConfiguration,
            Fault(
                code: "D418",
                summary: "cannot compare with \(path)",
                because: because,
                fix: "penstock status --json > \(path), on the other director"
            )
        )
    }
}
