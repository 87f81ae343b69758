import Glibc

/// A small file of the kernel, such as those under /proc/sys.
package struct KernelFile: Hashable, Sendable {
    /// Where it is.
    package let path: String

    /// The file at this path, which need not exist.
    package init(_ path: String) {
        precondition(!path.utf8.contains(0), "a path ends at its first NUL")
        self.path = path
    }

    /// Why reading or writing failed.
    package struct Failure: Error, Hashable, Sendable {
        /// What was attempted: `open`, `read` or `write`.
        package let attempted: String
        /// Of which file.
        package let path: String
        /// What the kernel said: ENOENT for a setting that it does not have, EACCES and EROFS for
        /// one that is not to be changed from here, EINVAL for a value that it does not take,
        /// EFBIG for a file larger than it may be.
        package let errno: Errno

        /// A failure of these parts.
        package init(attempted: String, path: String, errno: Errno) {
            self.attempted = attempted
            self.path = path
            self.errno = errno
        }
    }

    /// The whole content, as bytes that need not be text: at most `limit` of them, by default
    /// enough for a few lines.
    package func bytes(
        atMost limit: Int = NetlinkLimits.kernelFileBytes
    ) throws(Failure) -> [UInt8] {
        let file = try OpenFile(path, O_RDONLY)
        var content: [UInt8] = []
        var filled = 0
        while filled <= limit {
            // The kernel does not know the size of such a file before it was printed, so room is
            // made as it comes; one byte more than allowed tells what just fits from what does not.
            if filled == content.count {
                let room = max(NetlinkLimits.kernelFileBytes, content.count)
                content += [UInt8](repeating: 0, count: min(room, limit + 1 - filled))
            }
            let count = unsafe content.withUnsafeMutableBytes { raw in
                let rest = unsafe UnsafeMutableRawBufferPointer(rebasing: raw[filled...])
                return unsafe read(file.descriptor, rest.baseAddress, rest.count)
            }
            let failure = Errno(errno)
            if count < 0, failure.number == EINTR { continue }
            guard count >= 0 else {
                throw Failure(attempted: "read", path: path, errno: failure)
            }
            guard count > 0 else {
                content.removeLast(content.count - filled)
                return content
            }
            filled += count
        }
        throw Failure(attempted: "read", path: path, errno: Errno(EFBIG))
    }

    /// The whole content as text, without the newline at its end.
    package func text() throws(Failure) -> String {
        var content = try bytes()
        if content.last == UInt8(ascii: "\n") { content.removeLast() }
        return String(decoding: content, as: UTF8.self)
    }

    /// Writes `text` and a newline, in one write(2): the kernel takes each as a whole value.
    package func write(_ text: String) throws(Failure) {
        let file = try OpenFile(path, O_WRONLY)
        let content = Array(text.utf8) + [UInt8(ascii: "\n")]
        let count = unsafe content.withUnsafeBytes { raw in
            unsafe Glibc.write(file.descriptor, raw.baseAddress, raw.count)
        }
        guard count == content.count else {
            // A short write means that the rest was not taken.
            let failure = count < 0 ? Errno(errno) : .invalid
            throw Failure(attempted: "write", path: path, errno: failure)
        }
    }
}

/// An open file, closed when this value ends.
private struct OpenFile: ~Copyable {
    let descriptor: Int32

    init(_ path: String, _ mode: Int32) throws(KernelFile.Failure) {
        descriptor = unsafe open(path, mode | O_CLOEXEC)
        guard descriptor >= 0 else {
            throw KernelFile.Failure(attempted: "open", path: path, errno: Errno(errno))
        }
    }

    deinit { close(descriptor) }
}
