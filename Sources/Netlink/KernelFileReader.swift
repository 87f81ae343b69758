/// Reads files of the kernel that take long to print.
///
/// The kernel prints such a file while it is read, which takes milliseconds for a large table, and
/// a thread of Swift's cooperative pool is not to be held up for that.
package actor KernelFileReader {
    private let executor: QueueExecutor

    /// A reader with a queue of its own, whose name debuggers show.
    package init(label: String) { executor = QueueExecutor(label: label) }

    package nonisolated var unownedExecutor: UnownedSerialExecutor {
        unsafe executor.asUnownedSerialExecutor()
    }

    /// The whole content of `file`, at most `limit` bytes.
    package func bytes(
        of file: KernelFile,
        atMost limit: Int
    ) throws(KernelFile.Failure) -> [UInt8] {
        try file.bytes(atMost: limit)
    }
}
