import Net

@testable import FRR

/// Bytes as if a routing daemon had sent them, and everything that reads such bytes.
///
/// libFuzzer makes them up (`integration/fuzz --vty`), and `HostileVTYTests` reads changed replies
/// of real daemons; both judge by what `read` returns, and by whether it returns at all.
struct HostileVTY {
    /// The bytes.
    let bytes: [UInt8]

    /// Reads the bytes in every way there is, and returns what broke a promise.
    func read() -> [String] { frames() + replies() + configuration() + texts() }

    /// However the bytes are cut, the same replies come out of them, and the same error.
    private func frames() -> [String] {
        func parse(_ size: Int) -> ([VTYReply], VTYFrameError?) {
            var parser = VTYFrameParser()
            parser.commandsSent(8, replyLimit: 1_000)
            var replies: [VTYReply] = []
            do {
                for start in stride(from: 0, to: bytes.count, by: size) {
                    let piece = bytes[start..<min(start + size, bytes.count)]
                    try parser.received(piece, &replies)
                }
                return (replies, nil)
            } catch {
                return (replies, error)
            }
        }
        let whole = parse(max(1, bytes.count))
        let same = [1, 3, 512].allSatisfy { size in
            let (replies, error) = parse(size)
            return replies == whole.0 && error == whole.1
        }
        return same ? [] : ["a cut changes the replies"]
    }

    private func replies() -> [String] {
        var broken: [String] = []
        if let list = read(BGPAdvertised.self), !list.originated.isDisjoint(with: list.relayed) {
            // The count of the reply holds for both together, so a prefix in both is one twice.
            broken.append("a prefix is sent twice")
        }
        if let summary = read(BGPSummary.self), BGPGlance(summary) != BGPGlance(summary) {
            broken.append("a glance is not itself")
        }
        _ = read(BGPNeighbors.self)
        _ = read(BGPRoute.self)
        _ = read(BGPInstanceCount.self)
        _ = read(BGPPathsFromPeers.self)
        return broken
    }

    private func read<Shape: JSONReadable>(_ shape: Shape.Type) -> Shape? {
        do {
            return try BGPJSON.read(shape, bytes)
        } catch {
            return nil
        }
    }

    /// A map that counts as ours says what its name says, and what is ours can be said again.
    private func configuration() -> [String] {
        let configuration: BGPConfiguration
        do {
            configuration = try BGPConfiguration(bytes)
        } catch {
            return []
        }
        var broken: [String] = []
        for name in configuration.ownedRouteMaps.keys where !isSpeakable("\(name)") {
            broken.append("the name of a route-map of ours is unspeakable")
        }
        for prefix in configuration.instances.flatMap(\.networks.keys) where prefix.isHost {
            let line = VTYLine.network(prefix.address, routeMap: nil).text
            if !isSpeakable(line) { broken.append("\(line) is unspeakable") }
        }
        return broken
    }

    private func isSpeakable(_ line: String) -> Bool {
        do {
            return try VTYLine(validating: line).text == line
        } catch {
            return false
        }
    }

    private func texts() -> [String] {
        let text = String(decoding: bytes, as: UTF8.self)
        var broken: [String] = []
        do {
            let peers = try BGPNeighbor.all(quagga: text)
            broken += peers.keys.filter { !isSpeakable("\($0)") }.map { "\($0) is unspeakable" }
        } catch {
            // Not what Quagga prints, which is a good answer.
            broken += []
        }
        _ = ignoring { try BGPSummary(quagga: [text, text]) }
        _ = ignoring { try BGPAdvertised(quagga: text) }
        _ = ignoring { try BGPRoute(quagga: text) }
        _ = ignoring { try DaemonVersion(parsing: text) }
        _ = BGPQuiet.isProcessed(workQueues: text)
        broken += BGPQuiet.settledPeers(updateGroups: text).filter { !isSpeakable("\($0)") }
            .map { "\($0) is unspeakable" }
        return broken
    }

    private func ignoring<Value>(_ body: () throws -> Value) -> Value? {
        do {
            return try body()
        } catch {
            return nil
        }
    }
}
