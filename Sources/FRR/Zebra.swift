package import Logging
package import Net
package import NIOCore
import NIOPosix

/// zebra, the daemon between the kernel and bgpd, through its VTY socket; it is only ever read.
///
/// It knows what bgpd cannot tell: what became of a kernel route, which of several routes to a
/// prefix is the one that other daemons are told of, and what an import check was answered.
package struct Zebra: Sendable {
    /// Where Debian's FRR has its socket; a path-space or another build has it elsewhere.
    package static let defaultSocket = "/run/frr/zebra.vty"

    private let session: VTYSession
    /// The VRF that is asked about; `nil` for the default one.
    package let vrf: String?

    /// The client of the zebra behind `socket`, not connected yet.
    ///
    /// - Parameters:
    ///   - socket: The path of zebra's VTY socket.
    ///   - vrf: The VRF that is asked about; `nil` for the default one.
    ///   - group: Where the connection lives.
    ///   - allowances: The deadlines and reply sizes of commands.
    ///   - backoff: The waits between failed dials.
    ///   - logger: Told about the connection and its end.
    package init(
        socket: String = Zebra.defaultSocket,
        vrf: String? = nil,
        group: any EventLoopGroup = MultiThreadedEventLoopGroup.singleton,
        allowances: VTYAllowances = VTYAllowances(),
        backoff: Backoff = Backoff(),
        logger: Logger
    ) {
        self.vrf = vrf
        session = VTYSession(
            socket: socket,
            group: group,
            allowances: allowances,
            backoff: backoff,
            logger: logger
        )
    }

    /// The path of zebra's socket in the folder of bgpd's; of several bgpds, there is one zebra.
    package static func socket(besides bgpd: String) -> String {
        guard let slash = bgpd.lastIndex(of: "/") else { return defaultSocket }
        return "\(bgpd[...slash])zebra.vty"
    }

    /// Ends the connection.
    package func close() async { await session.close() }

    /// Which daemon answers, in which version.
    package func version() async throws(ZebraError) -> DaemonVersion {
        let reply = try await ask("show version")
        do {
            return try DaemonVersion(parsing: reply.text)
        } catch {
            throw unreadable("show version", "\(error)")
        }
    }

    /// The VRFs there are, besides the default one.
    package func vrfs() async throws(ZebraError) -> [ZebraVRF] {
        try await ask("show vrf").text.split(separator: "\n").compactMap(ZebraVRF.init)
    }

    /// Every route that zebra has to exactly `prefix`, the selected one or not; none is no error.
    package func routes(to prefix: Prefix) async throws(ZebraError) -> [ZebraRoute] {
        let family = prefix.address.family.command
        let line = "show \(family) route \(scope)\(prefix) json"
        // Nothing is `{}`, with a warning in FRR 8 and without one in others.
        let reply = try await ask(line, accepting: [.success, .warning])
        return try decode(ZebraRoutes.self, from: reply, to: line).routes[prefix] ?? []
    }

    /// Every kernel route of a family, selected or not, by prefix: one question for all of them.
    package func kernelRoutes(
        _ family: AddressFamily
    ) async throws(ZebraError) -> [Prefix: [ZebraRoute]] {
        let line = "show \(family.command) route \(scope)kernel json"
        let reply = try await ask(line, accepting: [.success, .warning])
        return try decode(ZebraRoutes.self, from: reply, to: line).routes
    }

    /// What zebra answers those who asked to hear of `address`.
    package func tracking(of address: IPAddress) async throws(ZebraError) -> ZebraTracking {
        let line = "show \(address.family.command) nht \(scope)\(address)"
        let json = "\(line) json"
        let reply = try await ask(json, accepting: [.success, .noMatch])
        if reply.status == .success {
            let table = try decode(ZebraTrackingTable.self, from: reply, to: json)
            return table.entries[address] ?? .unknown
        }
        // FRR 8.4 and before have it as text only.
        let text = try await ask(line)
        do {
            return try ZebraTracking(parsing: text.text, of: address)
        } catch {
            throw unreadable(line, "\(error)")
        }
    }

    /// The link called `name`; `nil` when zebra knows none.
    package func interface(_ name: String) async throws(ZebraError) -> ZebraInterface? {
        let line = "show interface \(name) json"
        let reply = try await ask(line, accepting: [.success, .warning])
        return try decode(ZebraInterfaces.self, from: reply, to: line).links[name]
    }

    private var scope: String { vrf.map { "vrf \($0) " } ?? "" }

    private func ask(
        _ text: String,
        accepting good: Set<VTYStatus> = [.success]
    ) async throws(ZebraError) -> VTYReply {
        do throws(FRRError) {
            let line = try VTYLine(validating: text)
            let reply = try await session.connection().command(line)
            guard good.contains(reply.status), !reply.text.hasPrefix("% VRF") else {
                throw FRRError.refused(line: text, status: reply.status, words: reply.words)
            }
            return reply
        } catch {
            throw ZebraError(error)
        }
    }

    private func decode<Shape: JSONReadable>(
        _ shape: Shape.Type,
        from reply: VTYReply,
        to line: String
    ) throws(ZebraError) -> Shape {
        do {
            return try BGPJSON.read(shape, reply.bytes)
        } catch {
            throw unreadable(line, "\(error)")
        }
    }

    private func unreadable(_ line: String, _ reason: String) -> ZebraError {
        ZebraError(.unreadable(line: line, reason: reason))
    }
}

/// Why zebra could not be asked, or what it said makes no sense here.
///
/// It says nothing about bgpd, which goes on announcing what it knows.
package struct ZebraError: Error, Hashable, Sendable {
    /// What happened on the connection.
    package let cause: FRRError

    init(_ cause: FRRError) { self.cause = cause }

    /// The evidence in one sentence.
    package var because: String {
        switch cause {
        case .absent(let socket, _): "its VTY socket is not there: \(socket)"
        case .leftOver(let socket): "it is not running; its socket file is left over: \(socket)"
        case .silent(_, let line, let time): "it did not answer \"\(line)\" in \(time)"
        case .closed(_, let line?): "it closed the connection before it answered \"\(line)\""
        case .closed(_, nil): "the connection is closed"
        case .refused(let line, let status, let words):
            "it refused \"\(line)\" (status \(status)): \(words)"
        case .unreadable(let line, let reason):
            "its answer to \"\(line)\" makes no sense: \(reason)"
        default: cause.because
        }
    }
}

extension ZebraError: CustomStringConvertible {
    /// One line: `zebra cannot be asked: it is not running …`.
    package var description: String { "zebra cannot be asked: \(because)" }
}

extension AddressFamily {
    /// The word that zebra's commands begin with.
    fileprivate var command: String {
        switch self {
        case .v4: "ip"
        case .v6: "ipv6"
        }
    }
}
