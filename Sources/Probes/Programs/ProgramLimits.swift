import Core

/// How much the program of a check may take, beside the memory that its configuration says.
enum ProgramLimits {
    /// Programs at once: each is a process, and the director has work of its own.
    ///
    /// Those that wait longer than their timeout say nothing about their server.
    static let atOnce = 32

    /// The time between the request to end and the end by force.
    static let grace = Duration.milliseconds(500)

    /// The bytes of its output of which an operator is shown the first line.
    static let keptBytes = 1_024

    /// The bytes of its output that are read: beyond them it waits for a reader until its time is
    /// over.
    static let readBytes = 64 * 1024

    /// The bytes of a file that it may write: a note of its own, no more.
    static let fileBytes: UInt64 = 1 << 20

    /// Its descriptors.
    static let descriptors: UInt64 = 64

    /// The seconds of CPU beyond its timeout, which a program that sleeps does not need.
    static let spareProcessorSeconds: UInt64 = 1

    /// The time between two looks for processes that have left the group of their check.
    static let sweep = Duration.milliseconds(200)

    /// The path that programs find others by.
    static let path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
}

/// Reads what a program ended with as the result of a probe.
enum ProgramResult {
    /// What its end by itself says: status 0 that the server is well, any other that it is not.
    static func outcome(
        status: Int32,
        output: [UInt8],
        duration: Duration
    ) -> Outcome {
        let words = line(output)
        guard status != 0 else {
            return Outcome(.l7ok, detail: words ?? "exit status 0", duration: duration)
        }
        let detail = "exit status \(status)" + (words.map { ": \($0)" } ?? "")
        return Outcome(.l7status, detail: detail, duration: duration)
    }

    /// What its end by a signal says that we did not send.
    static func outcome(signal: Int32, output: [UInt8], duration: Duration) -> Outcome {
        let detail = "ended by signal \(signal)" + (line(output).map { ": \($0)" } ?? "")
        return Outcome(.l7response, detail: detail, duration: duration)
    }

    /// What it says that it has not ended in time.
    static func outcome(timeout: Duration, output: [UInt8], duration: Duration) -> Outcome {
        let detail =
            "still running after \(Evidence.short(timeout))"
            + (line(output).map { ": \($0)" } ?? "")
        return Outcome(.l7timeout, detail: detail, duration: duration)
    }

    /// The first line of its output that says something.
    private static func line(_ output: [UInt8]) -> String? {
        let lines = output.split { $0 == UInt8(ascii: "\n") || $0 == UInt8(ascii: "\r") }
        return lines.first.map { Evidence.printable($0) }
    }
}
