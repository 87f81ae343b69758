import Core
import Net
import Planes

/// Measures what a running director does, without the daemon around it.
///
///     bench flip SERVICES SERVERS COUNT   weight changes, one line each: microseconds with nobody
///                                         else holding the picture, and with somebody
///     bench look SERVICES SERVERS COUNT   whole looks with nothing to change: microseconds each
///     bench audit SERVICES SERVERS COUNT  glances with nothing to change: microseconds each; then
///                                         a weight is changed by hand, which one must find
///
/// These fill the IPVS table of the network namespace they run in first, and leave it filled.
/// A fifth word, `memory`, puts a table in memory in the kernel's place, for a profiler.
///
///     bench write SOCKET ASN COUNT PEERS ROUNDS   announces and withdraws so many prefixes
///     bench read SOCKET ASN COUNT PEERS ROUNDS    reads them back and compares
///
/// These need a bgpd with that AS number and so many established peers at the socket.
@main
enum Bench {
    /// The words of the command line.
    struct Usage: Error, CustomStringConvertible {
        let description = """
            usage: bench flip|look|audit SERVICES SERVERS COUNT [memory]
                   bench write|read SOCKET ASN COUNT PEERS ROUNDS
            """
    }

    static func main() async throws {
        let words = Array(CommandLine.arguments.dropFirst())
        if let first = words.first, ["write", "read"].contains(first) {
            return try await routes(words)
        }
        guard (4...5).contains(words.count), words.count == 4 || words[4] == "memory" else {
            throw Usage()
        }
        let numbers = words[1...3].compactMap { Int($0) }.filter { $0 > 0 }
        guard numbers.count == 3 else { throw Usage() }
        let scenery = Scenery(services: numbers[0], servers: numbers[1])
        if words.count == 5 {
            try await run(words[0], numbers[2], Rig(scenery, on: MemoryTable()))
        } else {
            try await run(words[0], numbers[2], Rig(scenery, on: IPVSPlane()))
        }
    }

    private static func routes(_ words: [String]) async throws {
        let numbers = words.dropFirst(3).compactMap { Int($0) }.filter { $0 > 0 }
        guard words.count == 6, numbers.count == 3 else { throw Usage() }
        let rig = try BGPRig(
            socket: words[1],
            asn: words[2],
            count: numbers[0],
            peers: numbers[1]
        )
        try await rig.connected { rig in
            switch words[0] {
            case "write": try await rig.writeAll(rounds: numbers[2])
            default: try await rig.readAll(rounds: numbers[2])
            }
        }
    }

    private static func run<Table>(
        _ what: String,
        _ count: Int,
        _ rig: consuming Rig<Table>
    ) async throws {
        var rig = rig
        let loaded = try await rig.settle()
        guard loaded == rig.entries else {
            throw Failure.unexpected("\(loaded) changes loaded, not \(rig.entries)")
        }
        switch what {
        case "flip": try await flips(count, of: &rig)
        case "look": try await looks(count, of: &rig)
        case "audit": try await audits(count, of: &rig)
        default: throw Usage()
        }
    }

    private static func flips<Table>(_ count: Int, of rig: inout Rig<Table>) async throws {
        let targets = rig.director.targets.sorted { $0.endpoint < $1.endpoint }
        for number in 0..<count {
            // Spread over the table: neighbours in it share what the processor has at hand.
            let target = targets[number * 7919 % targets.count]
            for up in [false, true] {
                let alone = try await rig.flip(target, up: up, isPublished: false)
                _ = try await rig.flip(target, up: !up, isPublished: false)
                let shared = try await rig.flip(target, up: up, isPublished: true)
                print(alone.microseconds, shared.microseconds)
            }
        }
    }

    private static func looks<Table>(_ count: Int, of rig: inout Rig<Table>) async throws {
        for _ in 0..<count {
            let (took, changes) = try await rig.look()
            guard changes == 0 else {
                throw Failure.unexpected("a look led to \(changes) changes")
            }
            print(took.microseconds)
        }
    }

    private static func audits<Table>(_ count: Int, of rig: inout Rig<Table>) async throws {
        for _ in 0..<count {
            let (took, changes) = try await rig.audit()
            guard changes == 0 else {
                throw Failure.unexpected("an audit led to \(changes) changes")
            }
            print(took.microseconds)
        }
        try await rig.interfere()
        let changes = try await rig.audit().changes
        guard changes == 1 else {
            throw Failure.unexpected("\(changes) changes came of one hand edit, not 1")
        }
    }
}

extension Duration {
    var microseconds: Double { Double(nanoseconds) / 1000 }
}
