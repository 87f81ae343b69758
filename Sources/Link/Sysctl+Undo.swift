import Netlink

extension Sysctl {
    /// How one write to a setting is taken back.
    package struct Undo: Hashable, Sendable, Codable {
        /// The file that was written.
        package var path: String
        /// The number that was in it before.
        package var before: Int
        /// The number that was written.
        package var after: Int

        /// A write of `after` to the file at `path`, where `before` had been.
        package init(path: String, before: Int, after: Int) {
            self.path = path
            self.before = before
            self.after = after
        }

        /// What became of it.
        package enum Outcome: Hashable, Sendable {
            /// The earlier number is in force again.
            case done
            /// It was there already, or the setting is gone with its link.
            case already
            /// Somebody set this other number since, which is left alone.
            case changed(Int)
        }

        /// Its name as sysctl(8) writes it.
        package var name: String {
            let parts = path.split(separator: "/").drop { $0 != "net" }
            return parts.map { String($0.map { $0 == "." ? "/" : $0 }) }.joined(separator: ".")
        }

        /// Writes the earlier number, unless somebody wrote another since.
        package func carryOut() throws(LinkError) -> Outcome {
            let file = KernelFile(path)
            guard let now = try file.number(of: name), now != before else { return .already }
            guard now == after else { return .changed(now) }
            do throws(KernelFile.Failure) {
                try file.write("\(before)")
            } catch {
                throw LinkError(attempted: "set \(name) back to \(before)", reason: .file(error))
            }
            return .done
        }
    }

    /// The path of the file that `set` writes.
    package var writtenPath: String { files[files.count - 1].path }

    /// What `set` would write, and what it would write over; `nil` where it would write nothing.
    package func undo() throws(LinkError) -> Undo? {
        guard try !read().isRight else { return nil }
        let file = files[files.count - 1]
        guard let before = try file.number(of: name) else { return nil }
        return Undo(path: file.path, before: before, after: accepted[0])
    }
}
