import IPVS
import Net
@testable import Netlink

/// Bytes as if the kernel had sent them, and everything that reads such bytes.
///
/// The first byte says what was asked, the rest is the datagram of the answer, or the text of the
/// file in which the kernel prints its table. libFuzzer makes them
/// up (`integration/fuzz`), and `CorpusTests` replays what it found worth keeping; both judge by
/// what `read` returns, and by whether it returns at all.
struct HostileReply {
    /// The first byte where the rest is the file; all others are of requests.
    private static let file: UInt8 = 0xfe

    private let isFile: Bool
    private let request: Request
    private let datagram: ArraySlice<UInt8>

    /// Every request that is answered with more than an acknowledgement, and one that is not.
    private static let requests: [Request] = {
        let identities: [ServiceIdentity] = [
            .address(IPAddress(v4: 0xc000_020a), .tcp, 443), .mark(7, .v6),
        ]
        return [.services, .info, .timeouts, .daemons]
            + identities.map { .service($0) } + identities.map { .destinations(of: $0) }
            + identities.map { .change(.deleteService($0)) }
    }()

    /// A reply of these bytes; no bytes are the answer of no bytes.
    init(_ bytes: [UInt8]) {
        isFile = bytes.first == Self.file
        request = Self.requests[Int(bytes.first ?? 0) % Self.requests.count]
        datagram = bytes.dropFirst()
    }

    /// Reads the bytes at every level, and returns what broke a promise.
    func read() async -> [String] {
        if isFile { return list() }
        let message = request.message(family: 32)
        let frames: [Frame]
        do throws(NetlinkError) {
            frames = try Frame.frames(in: datagram)
        } catch {
            return await ask { () throws(NetlinkError) in throw error }
        }
        var broken: [String] = []
        // The kernel says which request it answers; here it is always this one.
        let sequence = frames.first?.sequence ?? 0
        var batch = BatchAnswer(first: sequence, count: 2)
        var answer = Answer(to: message, sequence: sequence)
        var failure: NetlinkError?
        for frame in frames {
            do throws(NetlinkError) {
                _ = try batch.take(frame)
                if try answer.take(frame) { break }
            } catch {
                failure = error
                break
            }
        }
        let messages = answer.messages
        if batch.refusals.count != 2 { broken.append("a batch of two has not two results") }
        broken += messages.flatMap(decode)
        broken += lookUp(messages)
        let told = failure
        broken += await ask { () throws(NetlinkError) in
            if let told { throw told }
            return messages
        }
        return broken
    }

    /// Reads one message; what is understood is written and read again.
    private func decode(_ message: Message) -> [String] {
        do throws(NetlinkError) {
            let family = request.service?.family ?? .v4
            guard let reply = try Reply(decoding: message, service: family) else { return [] }
            guard reply.canBeWritten else { return [] }
            let again = try Reply(decoding: reply.message(family: 32), service: family)
            return again == reply ? [] : ["\(reply) was read again as \(String(describing: again))"]
        } catch {
            guard case .malformed = error else { return ["reading ended with \(error)"] }
            return []
        }
    }

    /// Reads the file; what it lists is within the bounds of what can be listed.
    private func list() -> [String] {
        do throws(ParseError) {
            let listing = try Listing(parsing: Array(datagram))
            // The shortest line of each kind has more bytes than this.
            let lines = listing.services.reduce(0) { $0 + 1 + $1.destinations.count }
            return lines * 8 <= datagram.count ? [] : ["\(lines) lines in \(datagram.count) bytes"]
        } catch {
            return error.reason.isEmpty ? ["a table that cannot be read, and no reason"] : []
        }
    }

    private func lookUp(_ messages: [Message]) -> [String] {
        do throws(NetlinkError) {
            _ = try FamilyLookup.identifier(in: messages)
        } catch {
            guard case .malformed = error else { return ["the look-up ended with \(error)"] }
        }
        return []
    }

    /// Puts the answer before a client, whatever the client asks.
    private func ask(
        _ answer: @escaping @Sendable () throws(NetlinkError) -> [Message]
    ) async -> [String] {
        let kernel = ScriptedKernel(families: [IPVSFamily.name: 32]) { (_) throws(NetlinkError) in
            try answer()
        }
        let client = Client(over: kernel, privilege: { .unknown }, modules: { LoadedModules("") })
        do throws(IPVSError) {
            switch request {
            case .services: _ = try await client.table()
            case .service(let identity): _ = try await client.service(identity)
            case .destinations(let identity): _ = try await client.destinations(of: identity)
            case .info: _ = try await client.info()
            case .timeouts: _ = try await client.timeouts()
            case .daemons: _ = try await client.daemons()
            case .change(let operation):
                let outcome = try await client.perform([operation, .flush])
                return outcome.failures.flatMap(judge)
            }
        } catch {
            return judge(error)
        }
        return []
    }

    /// An error has words for all that an operator reads.
    private func judge(_ error: IPVSError) -> [String] {
        let words = [error.code, error.summary, error.because, error.fix]
        return words.contains("") ? ["\(error.code) has nothing to say: \(words)"] : []
    }
}

extension Reply {
    /// False for what can be seen, and has no bytes of its own to be sent as.
    fileprivate var canBeWritten: Bool {
        switch self {
        case .service(let observed): IPVS.Operation.newService(observed.service).refusal == nil
        case .daemon(let daemon): IPVS.Operation.startDaemon(daemon).refusal == nil
        case .destination, .info, .timeouts: true
        }
    }
}
