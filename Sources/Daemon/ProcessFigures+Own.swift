package import Core
import Foundation

extension ProcessFigures {
    /// Those of this process; `nil` where /proc does not tell.
    ///
    /// The process that makes the probes is another one.
    package static var own: ProcessFigures? {
        guard let stat = text(of: "/proc/self/stat"),
            let boot = text(of: "/proc/stat")?.split(separator: "\n")
                .first(where: { $0.hasPrefix("btime ") }).flatMap({ Double($0.dropFirst(6)) })
        else { return nil }
        let units = Units(
            bootedAt: boot,
            ticksPerSecond: sysconf(Int32(_SC_CLK_TCK)),
            pageBytes: sysconf(Int32(_SC_PAGESIZE))
        )
        var figures = ProcessFigures(stat: stat, in: units)
        figures?.mostFiles = ProbeBudget.descriptors
        figures?.openFiles = openCount
        return figures
    }

    private static var openCount: Int? {
        do {
            let names = try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd")
            // One is that of the list itself.
            return names.count - 1
        } catch {
            return nil
        }
    }

    private static func text(of path: String) -> String? {
        do {
            let file = try FileHandle(forReadingFrom: URL(fileURLWithPath: path))
            let data = try file.readToEnd() ?? Data()
            try file.close()
            return String(decoding: data, as: UTF8.self)
        } catch {
            return nil
        }
    }
}
