import Foundation

extension Settings {
    /// Reads the file at `path`; refuses it with why it cannot be read, or with every error in it.
    ///
    /// The node is called `hostName` when the file does not say otherwise.
    package static func load(path: String, hostName: String) throws(Rejection) -> Loaded {
        var warnings: [Problem] = []
        let data = try read(path, &warnings)
        guard let text = String(data: data, encoding: .utf8) else {
            let place = firstBadByte(in: data)
            let source = Source(file: path, text: String(decoding: data, as: UTF8.self))
            let problem = Problem(.notText, at: source.clamp(place), "this is not UTF-8")
            throw Rejection([problem], in: source)
        }
        return try load(text: text, file: path, hostName: hostName, warnings: warnings)
    }

    /// The bytes of a regular file of bounded size.
    ///
    /// The kind of file is looked at before it is opened, because opening a FIFO waits for a
    /// writer. It is opened once, and never more than the limit is read from it, so a file that
    /// grows or is exchanged in between costs nothing worse than an error.
    static func read(_ path: String, _ warnings: inout [Problem]) throws(Rejection) -> Data {
        func refusal(_ reason: String, help: String = "") -> Rejection {
            let problem = Problem(.unreadable, at: .start, reason, help: help)
            return Rejection([problem], in: Source(file: path, text: ""))
        }
        do {
            // A link is followed: configuration management likes to exchange files by links.
            let url = URL(fileURLWithPath: path).resolvingSymlinksInPath()
            let attributes = try FileManager.default.attributesOfItem(atPath: url.path)
            guard let type = attributes[.type] as? FileAttributeType, type == .typeRegular else {
                throw refusal("cannot read the configuration: it is not a regular file")
            }
            if let mode = attributes[.posixPermissions] as? Int, mode & 0o002 != 0 {
                let message = "everyone may write to this file, and so decide what is announced"
                let help = "chmod o-w \(path.shown)"
                warnings.append(Problem(.permissions, .warning, at: .start, message, help: help))
            }
            let handle = try FileHandle(forReadingFrom: url)
            let data = try handle.read(upToCount: Limits.fileBytes + 1) ?? Data()
            try handle.close()
            guard data.count <= Limits.fileBytes else {
                throw refusal("the file is larger than \(Limits.fileBytes >> 20) MiB")
            }
            return data
        } catch let rejection as Rejection {
            throw rejection
        } catch CocoaError.fileReadNoSuchFile, CocoaError.fileNoSuchFile {
            throw refusal("cannot read the configuration: there is no such file")
        } catch CocoaError.fileReadNoPermission {
            let help = "let the daemon's user read it: chgrp penstock FILE; chmod 640 FILE"
            throw refusal("cannot read the configuration: permission denied", help: help)
        } catch {
            throw refusal("cannot read the configuration: \(error.localizedDescription.harmless)")
        }
    }

    /// Where the first byte stands that no UTF-8 text has there.
    private static func firstBadByte(in data: Data) -> Span {
        var decoder = UTF8()
        var bytes = data.makeIterator()
        var line = 1
        var column = 1
        while case .scalarValue(let scalar) = decoder.decode(&bytes) {
            column += 1
            if scalar == "\n" { (line, column) = (line + 1, 1) }
        }
        return Span(line: line, column: column)
    }
}
