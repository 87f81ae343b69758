internal import Foundation

/// The file that drains the director for as long as it exists: a handle for configuration
/// management, which writes files more easily than it types commands.
package struct DrainFile: Equatable, Sendable {
    /// The most of the file that is read; its first line is a reason for people, and no more.
    package static let mostBytes = 1_024
    /// The longest reason, in characters: as much as one line of a status has room for.
    package static let reasonCharacters = 200

    /// What a look at the file gives.
    package enum Sight: Equatable, Sendable {
        /// There is nothing at the path, for certain.
        case absent
        /// It exists, and says why in its first line; empty when it says nothing, or could not be
        /// read, which is no reason to announce.
        case present(reason: String)
        /// Whether it exists cannot be told: a folder that may not be entered, a file system that
        /// does not answer as it should.
        case unknown(String)
    }

    /// Where it is, absolute.
    package let path: String

    /// The file at `path`.
    package init(path: String) { self.path = path }

    /// Looks whether it is there.
    package func look() -> Sight {
        do {
            // Of the link itself, if it is one: a link that leads nowhere exists as well.
            let attributes = try FileManager.default.attributesOfItem(atPath: path)
            // Opening anything else may wait for somebody, or for a device, for ever.
            guard attributes[.type] as? FileAttributeType != .typeRegular else {
                return .present(reason: reason(path))
            }
            return .present(reason: "")
        } catch CocoaError.fileReadNoSuchFile, CocoaError.fileNoSuchFile {
            return .absent
        } catch {
            return .unknown(error.localizedDescription)
        }
    }

    private func reason(_ path: String) -> String {
        do {
            let file = try FileHandle(forReadingFrom: URL(fileURLWithPath: path))
            let data = try file.read(upToCount: Self.mostBytes) ?? Data()
            try file.close()
            return Self.reason(in: String(decoding: data, as: UTF8.self))
        } catch {
            // It was there a moment ago and may not be read: it still drains.
            return ""
        }
    }

    /// The first line of `text`, short and harmless on a terminal.
    static func reason(in text: String) -> String {
        let line = text.unicodeScalars.prefix { $0 != "\n" && $0 != "\r" }
        var reason = String.UnicodeScalarView()
        for scalar in line.prefix(reasonCharacters) {
            switch scalar.properties.generalCategory {
            case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .privateUse,
                .unassigned:
                reason.append(scalar == "\t" ? " " : "\u{fffd}")
            default: reason.append(scalar)
            }
        }
        return String(reason).trimmingCharacters(in: .whitespaces)
    }
}
