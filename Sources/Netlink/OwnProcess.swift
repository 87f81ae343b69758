import CSpawn
import Glibc

/// What a process may do to itself, and know of the kernel it runs on.
package enum OwnProcess {
    /// Leaves the end of this process to whoever started it.
    ///
    /// A service manager tells every process of a service to end, a terminal every process of a
    /// group; who needs this one until its own work is done ends it by closing the line.
    package static func leaveStopsToParent() {
        for number in [SIGTERM, SIGINT, SIGHUP, SIGPIPE] { signal(number, SIG_IGN) }
    }

    /// Gives this process a name in lists of processes; 15 characters count.
    package static func call(itself name: String) { _ = unsafe penstock_name(name) }

    /// Has orphans among the processes below this one become its children.
    ///
    /// A program that leaves its group and its parent is not out of reach then.
    package static func adoptOrphans() { _ = penstock_adopt_orphans() }

    /// Gives what this process has freed and its allocator still holds back to the kernel, in whole
    /// pages (malloc_trim(3)).
    ///
    /// By itself glibc gives back only what lies at the end of a heap. It takes milliseconds for
    /// megabytes, and whoever needs memory meanwhile may wait for that.
    package static func giveBackFreedMemory() { _ = penstock_trim() }

    /// Ends the children of this process that are neither among `leaders` nor of a group of theirs,
    /// and takes leave of those that have ended; answers how many there were.
    ///
    /// Where the kernel does not list children (CONFIG_PROC_CHILDREN), none are found.
    package static func endStrays(besides leaders: Set<Int32>) -> Int {
        var found = 0
        for child in children where !leaders.contains(child) {
            // An orphan within the group of a program that still runs goes with that.
            guard !leaders.contains(getpgid(child)) else { continue }
            found += 1
            kill(child, SIGKILL)
            var status: Int32 = 0
            _ = unsafe waitpid(child, &status, WNOHANG)
        }
        return found
    }

    /// The numbers of the children of this process, whichever of its threads they belong to.
    private static var children: [Int32] {
        guard let tasks = unsafe opendir("/proc/self/task") else { return [] }
        defer { unsafe closedir(tasks) }
        var children: [Int32] = []
        while let entry = unsafe readdir(tasks) {
            let name = unsafe withUnsafeBytes(of: &entry.pointee.d_name) { raw in
                unsafe String(decoding: raw.prefix { $0 != 0 }, as: UTF8.self)
            }
            guard Int32(name) != nil else { continue }
            children += numbers(in: "/proc/self/task/\(name)/children")
        }
        return children
    }

    private static func numbers(in path: String) -> [Int32] {
        let file = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return [] }
        defer { close(file) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 4096)
        let size = buffer.count
        while true {  // Ends with the file.
            let count = unsafe read(file, &buffer, size)
            guard count > 0 else { break }
            bytes += buffer[..<count]
        }
        return String(decoding: bytes, as: UTF8.self).split(separator: " ").compactMap { Int32($0) }
    }

    /// Whether CAP_NET_RAW is there and the kernel lets it mark what is sent; before 5.17 only
    /// CAP_NET_ADMIN does (`sock_setsockopt`, SO_MARK).
    package static var rawSocketsMayMark: Bool {
        let rawSockets = 1 << ChildProgram.Privilege.rawSockets.rawValue as UInt32
        return kernel >= (5, 17) && penstock_permitted() & rawSockets != 0
    }

    /// The version of the kernel; (0, 0) when it does not look like one.
    static var kernel: (Int, Int) {
        var name = utsname()
        guard unsafe uname(&name) == 0 else { return (0, 0) }
        let bytes = unsafe withUnsafeBytes(of: &name.release) { raw in
            unsafe Array(raw.prefix { $0 != 0 })
        }
        return kernel(String(decoding: bytes, as: UTF8.self))
    }

    /// The version at the front of `release`: `6.1.0-18-amd64`.
    static func kernel(_ release: String) -> (Int, Int) {
        let parts = release.split(separator: ".", maxSplits: 2)
        guard parts.count >= 2, let major = Int(parts[0]),
            let minor = Int(parts[1].prefix { $0.isNumber })
        else { return (0, 0) }
        return (major, minor)
    }
}
