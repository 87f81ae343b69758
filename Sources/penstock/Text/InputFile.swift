internal import Core
internal import Foundation

/// A file, or the standard input, that is read as a whole.
struct InputFile {
    /// The bytes that are read at most: a million rules with room to spare.
    static let limit = 256 * 1024 * 1024

    let path: String

    /// The file at `path`; `-` is the standard input.
    init(_ path: String) { self.path = path }

    /// Why it could not be read.
    struct Failure: Error {
        let fault: Fault
    }

    /// All of it.
    func bytes() throws(Failure) -> [UInt8] {
        let data: Data
        do {
            let handle =
                path == "-"
                ? FileHandle.standardInput
                : try FileHandle(forReadingFrom: URL(fileURLWithPath: path))
            data = try handle.read(upToCount: Self.limit + 1) ?? Data()
        } catch {
            throw failure("\(error.localizedDescription)")
        }
        guard data.count <= Self.limit else {
            throw failure("it has more than \(Self.limit) bytes")
        }
        return Array(data)
    }

    private func failure(_ because: String) -> Failure {
        Failure(
            fault: Fault(
                code: "C350",
                summary: "cannot read \(path == "-" ? "the standard input" : path)",
                because: because,
                fix: path == "-" ? "give it a file" : "ls -l \(path)"
            )
        )
    }
}
