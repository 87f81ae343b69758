import Core
import Net

/// What the director tells its probe worker.
enum WorkerOrder: Hashable, Sendable {
    /// The first message, with what both must agree on, and what HTTP servers are told.
    case greeting(version: UInt16, userAgent: String)
    /// What a check is, from now on known by its number.
    case check(UInt32, Check)
    /// What a target is: an endpoint, the number of its check, and the real server that is not to
    /// answer ARP for it.
    case target(UInt32, Endpoint, check: UInt32, quiet: IPAddress?)
    /// A target that nobody asks for any more.
    case forgetTarget(UInt32)
    /// A check that no target has any more.
    case forgetCheck(UInt32)
    /// One probe of a target, which is answered under its ticket.
    case probe(ticket: UInt32, target: UInt32)
    /// An idle connection to a server, known by its number.
    case open(line: UInt32, SentinelDial)
    /// An idle connection that nobody wants any more.
    case close(line: UInt32)
    /// Asks for a sign of life.
    case ping(UInt32)

    /// Changes with the meaning of the bytes.
    ///
    /// Both sides are the same file: another one means that something else is at the other end.
    static let version: UInt16 = 2
}

/// What the idle connection of a sentinel is made of.
struct SentinelDial: Hashable, Sendable {
    /// The server.
    let endpoint: Endpoint
    /// The times.
    let timing: SentinelTiming
}

extension WorkerOrder {
    /// Writes it.
    func write(_ writer: inout WireWriter) {
        switch self {
        case .greeting(let version, let userAgent):
            writer.put(UInt8(1))
            writer.put(version)
            writer.put(userAgent)
        case .check(let number, let check):
            writer.put(UInt8(2))
            writer.put(number)
            check.write(&writer)
        case .target(let number, let endpoint, let check, let server):
            writer.put(UInt8(3))
            writer.put(number)
            writer.put(endpoint)
            writer.put(check)
            writer.put(server) { $0.put($1) }
        case .forgetTarget(let number):
            writer.put(UInt8(4))
            writer.put(number)
        case .forgetCheck(let number):
            writer.put(UInt8(5))
            writer.put(number)
        case .probe(let ticket, let target):
            writer.put(UInt8(6))
            writer.put(ticket)
            writer.put(target)
        case .open(let line, let dial):
            writer.put(UInt8(7))
            writer.put(line)
            writer.put(dial.endpoint)
            writer.put(dial.timing.timeout)
            writer.put(UInt16(clamping: dial.timing.keepalive))
            dial.timing.origin.write(&writer)
        case .close(let line):
            writer.put(UInt8(8))
            writer.put(line)
        case .ping(let number):
            writer.put(UInt8(9))
            writer.put(number)
        }
    }

    /// Reads one.
    init(_ reader: inout WireReader) throws(WireFault) {
        switch try reader.number(UInt8.self) {
        case 1:
            self = .greeting(version: try reader.number(), userAgent: try reader.text())
        case 2: self = .check(try reader.number(), try Check(&reader))
        case 3:
            self = .target(
                try reader.number(),
                try reader.endpoint(),
                check: try reader.number(),
                quiet: try reader.optional { reader throws(WireFault) in try reader.address() }
            )
        case 4: self = .forgetTarget(try reader.number())
        case 5: self = .forgetCheck(try reader.number())
        case 6: self = .probe(ticket: try reader.number(), target: try reader.number())
        case 7:
            self = .open(
                line: try reader.number(),
                SentinelDial(
                    endpoint: try reader.endpoint(),
                    timing: SentinelTiming(
                        timeout: try reader.duration(),
                        keepalive: try Self.keepalive(&reader),
                        origin: try ProbeOrigin(&reader)
                    )
                )
            )
        case 8: self = .close(line: try reader.number())
        case 9: self = .ping(try reader.number())
        case let kind: throw WireFault("an order of the unknown kind \(kind)")
        }
    }

    /// The seconds of a keepalive, which what they are given to would change to what it can be.
    private static func keepalive(_ reader: inout WireReader) throws(WireFault) -> Int {
        let seconds = Int(try reader.number(UInt16.self))
        guard SentinelTiming.keepaliveSeconds.contains(seconds) else {
            throw WireFault("a keepalive of \(seconds) seconds")
        }
        return seconds
    }

    /// All messages of a frame.
    static func all(in frame: [UInt8]) throws(WireFault) -> [WorkerOrder] {
        var reader = WireReader(frame[...])
        var orders: [WorkerOrder] = []
        while !reader.isAtEnd { orders.append(try WorkerOrder(&reader)) }
        return orders
    }
}
