import CSpawn
import Glibc

/// A program to be started as a process of its own, with no more than it is given here.
package struct ChildProgram: Sendable {
    /// What the program has as its standard streams.
    package enum Streams: Sendable {
        /// Standard input is a socket to us, output and errors are our errors.
        case line
        /// Standard input is empty; output and errors are what we read.
        case heard
    }

    /// A bound of setrlimit(2).
    package enum Limit: Sendable {
        /// Bytes of memory that it may map.
        case memory(UInt64)
        /// Seconds of CPU.
        case processorSeconds(UInt64)
        /// Bytes of a file that it may write.
        case fileBytes(UInt64)
        /// Descriptors.
        case descriptors(UInt64)
        /// Bytes of an image of its memory after a crash.
        case coreBytes(UInt64)

        fileprivate var raw: penstock_limit {
            switch self {
            case .memory(let value): .init(resource: Int32(RLIMIT_AS.rawValue), value: value)
            case .processorSeconds(let value):
                .init(resource: Int32(RLIMIT_CPU.rawValue), value: value)
            case .fileBytes(let value):
                .init(resource: Int32(RLIMIT_FSIZE.rawValue), value: value)
            case .descriptors(let value):
                .init(resource: Int32(RLIMIT_NOFILE.rawValue), value: value)
            case .coreBytes(let value):
                .init(resource: Int32(RLIMIT_CORE.rawValue), value: value)
            }
        }
    }

    /// A privilege that it may keep, where this process has it.
    package enum Privilege: UInt32, Sendable {
        /// Ends processes of other users.
        case killing = 5
        /// Becomes another user, and takes its groups.
        case changingGroup = 6
        case changingUser = 7
        /// Changes the network, and marks what is sent on kernels before 5.17.
        case networkAdministration = 12
        /// Raw sockets, and marks what is sent.
        case rawSockets = 13
    }

    /// The file.
    package var path: String
    /// Its arguments, its own name the first of them.
    package var arguments: [String]
    /// Its environment, whole: `NAME=value`.
    package var environment: [String]
    /// Its streams.
    package var streams: Streams
    /// Its bounds.
    package var limits: [Limit]
    /// The privileges that it keeps.
    package var privileges: [Privilege]
    /// Whose it is; ours without.
    package var account: Account?

    /// A program of these parts.
    package init(
        path: String,
        arguments: [String],
        environment: [String] = [],
        streams: Streams,
        limits: [Limit] = [],
        privileges: [Privilege] = [],
        account: Account? = nil
    ) {
        self.path = path
        self.arguments = arguments
        self.environment = environment
        self.streams = streams
        self.limits = limits
        self.privileges = privileges
        self.account = account
    }

    fileprivate var capabilities: UInt32 { privileges.reduce(0) { $0 | 1 << $1.rawValue } }
}

/// Why a program could not be started.
package struct SpawnFault: Error, Hashable, Sendable, CustomStringConvertible {
    /// What was being done.
    package let step: String
    /// What the kernel said.
    package let errno: Errno

    /// The step with this number failed, with what the kernel said.
    fileprivate init(step: Int32, _ errno: Errno) {
        self.step =
            switch UInt32(bitPattern: step) {
            case PENSTOCK_FORK.rawValue: "make a process"
            case PENSTOCK_DESCRIPTORS.rawValue: "give it its descriptors"
            case PENSTOCK_LIMITS.rawValue: "bound what it may use"
            case PENSTOCK_USER.rawValue: "change its user"
            case PENSTOCK_CAPABILITIES.rawValue: "take its privileges away"
            default: "run its file"
            }
        self.errno = errno
    }

    fileprivate init(_ step: String, _ errno: Errno) {
        self.step = step
        self.errno = errno
    }

    package var description: String { "cannot \(step): \(errno)" }
}

/// How a process ended.
package enum ProcessEnd: Hashable, Sendable {
    /// By itself, with this status.
    case exited(Int32)
    /// By this signal.
    case signalled(Int32)
}

extension ProcessEnd: CustomStringConvertible {
    package var description: String {
        switch self {
        case .exited(let status): "exited with status \(status)"
        case .signalled(let number): "ended by signal \(number)"
        }
    }
}

/// A process that this one started, in a group of its own; killed with its group when this value
/// ends, and when the thread ends that started it.
package struct ChildProcess: ~Copyable, Sendable {
    /// Its number.
    package let pid: Int32
    /// The other end of its line, or what it says.
    package let line: StreamSocket
    /// Can be read when it has ended.
    let sentry: Int32

    /// Starts `program`.
    ///
    /// - Throws: A `SpawnFault`.
    package init(_ program: ChildProgram) throws {
        let (near, far) = try Self.streams(program.streams)
        let line = StreamSocket(adopting: near)
        defer { close(far) }
        let input: Int32
        switch program.streams {
        case .line: input = far
        case .heard: input = unsafe open("/dev/null", O_RDONLY | O_CLOEXEC)
        }
        guard input >= 0 else { throw SpawnFault("open /dev/null", Errno(errno)) }
        defer { if input != far { close(input) } }
        let output = program.streams == .line ? STDERR_FILENO : far
        let pid = try Self.spawn(program, input: input, output: output)
        let sentry = penstock_pidfd(pid)
        guard sentry >= 0 else {
            let refusal = Errno(errno)
            kill(-pid, SIGKILL)
            var status: Int32 = 0
            _ = unsafe waitpid(pid, &status, 0)
            throw SpawnFault("watch the process (pidfd_open, Linux 5.3)", refusal)
        }
        self.pid = pid
        self.line = line
        self.sentry = sentry
    }

    deinit {
        // The group may have members although the process itself has ended.
        kill(-pid, SIGKILL)
        // What was killed is gone in a moment, unless it is within a call that nothing interrupts.
        var wait = pollfd(fd: sentry, events: Int16(POLLIN), revents: 0)
        _ = unsafe poll(&wait, 1, Self.burialMilliseconds)
        var status: Int32 = 0
        _ = unsafe waitpid(pid, &status, WNOHANG)
        close(sentry)
    }

    /// How long its end is waited for, so that nothing is left of it in lists of processes.
    private static let burialMilliseconds: Int32 = 200

    /// Asks all of its group to end.
    package func terminate() { kill(-pid, SIGTERM) }

    /// Ends all of its group.
    package func killGroup() { kill(-pid, SIGKILL) }

    /// How it ended; `nil` while it has not.
    ///
    /// Its number stays its own until this value ends, so that nobody else can be killed for it.
    package var end: ProcessEnd? {
        var status: Int32 = 0
        switch unsafe penstock_ended(pid, &status) {
        case 0: return nil
        case 1: return .exited(status)
        default: return .signalled(status)
        }
    }

    private static func streams(
        _ streams: ChildProgram.Streams
    ) throws(SpawnFault) -> (near: Int32, far: Int32) {
        var ends: [Int32] = [0, 0]
        switch streams {
        case .line:
            let kind = Int32(
                SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue
            )
            guard unsafe socketpair(AF_UNIX, kind, 0, &ends) == 0 else {
                throw SpawnFault("make a line to it", Errno(errno))
            }
            return (ends[0], ends[1])
        case .heard:
            guard unsafe penstock_pipe(&ends) == 0 else {
                throw SpawnFault("make a pipe to it", Errno(errno))
            }
            // Our end only: a program of others expects an output that waits.
            _ = fcntl(ends[0], F_SETFL, O_NONBLOCK)
            return (ends[0], ends[1])
        }
    }

    private static func spawn(
        _ program: ChildProgram,
        input: Int32,
        output: Int32
    ) throws(SpawnFault) -> Int32 {
        var arguments = unsafe program.arguments.map { unsafe strdup($0) } + [nil]
        var environment = unsafe program.environment.map { unsafe strdup($0) } + [nil]
        let path = unsafe strdup(program.path)
        defer {
            unsafe (arguments + environment + [path]).forEach { unsafe free($0) }
        }
        let limits = program.limits.map(\.raw)
        var step: Int32 = 0
        var number: Int32 = 0
        let pid = unsafe arguments.withUnsafeMutableBufferPointer { arguments in
            unsafe environment.withUnsafeMutableBufferPointer { environment in
                unsafe limits.withUnsafeBufferPointer { limits in
                    var raw = unsafe penstock_program()
                    unsafe raw.path = UnsafePointer(path)
                    unsafe raw.arguments = UnsafePointer(arguments.baseAddress)
                    unsafe raw.environment = UnsafePointer(environment.baseAddress)
                    unsafe raw.input = input
                    unsafe raw.output = output
                    unsafe raw.errors = output
                    unsafe raw.has_user = program.account == nil ? 0 : 1
                    unsafe raw.user = program.account?.user ?? 0
                    unsafe raw.group = program.account?.group ?? 0
                    unsafe raw.capabilities = program.capabilities
                    unsafe raw.limits = limits.baseAddress
                    unsafe raw.limit_count = Int32(limits.count)
                    return unsafe penstock_spawn(&raw, &step, &number)
                }
            }
        }
        guard pid > 0 else { throw SpawnFault(step: step, Errno(number)) }
        return pid
    }
}
