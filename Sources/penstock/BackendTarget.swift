package import API
package import Core
internal import Settings

/// Real servers as an operator names them on the command line.
///
/// `VIP/SERVICE/ADDRESS` names one, `VIP/ADDRESS` one in every service of a VIP that has it, and
/// `SERVICE/ADDRESS` one where only one VIP has such a service. A VIP goes by its name or its
/// address; the port of a server is left out where it is not needed.
package enum BackendTarget {
    /// The forms, for messages.
    package static let forms = "VIP/SERVICE/ADDRESS[:PORT], VIP/ADDRESS or SERVICE/ADDRESS"

    /// The real servers of `all` that `text` names, in their order.
    ///
    /// - Throws: `D432` with the nearest names when it names none, or not clearly which.
    package static func resolve(
        _ text: String,
        among all: [BackendReport]
    ) throws(Fault) -> [BackendReport] {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        switch parts.count {
        case 3:
            let found = all.filter {
                $0.isOf(vip: parts[0]) && $0.service == parts[1] && $0.isNamed(parts[2])
            }
            return try checked(found, text, all)
        case 2:
            let ofVIP = all.filter { $0.isOf(vip: parts[0]) && $0.isNamed(parts[1]) }
            let ofService = all.filter { $0.service == parts[0] && $0.isNamed(parts[1]) }
            guard ofVIP.isEmpty || ofService.isEmpty else {
                throw unclear(text, ofVIP + ofService)
            }
            guard Set(ofService.map(\.vip)).count <= 1 else { throw unclear(text, ofService) }
            return try checked(ofVIP + ofService, text, all)
        default: throw unknown(text, all)
        }
    }

    /// `found`, when it is something, and one server in each service.
    private static func checked(
        _ found: [BackendReport],
        _ text: String,
        _ all: [BackendReport]
    ) throws(Fault) -> [BackendReport] {
        guard !found.isEmpty else { throw unknown(text, all) }
        let services = Set(found.map { "\($0.vip)/\($0.service)" })
        guard services.count == found.count else { throw unclear(text, found) }
        return found
    }

    /// The most names that a message lists.
    private static let mostNamed = 5

    /// The real servers whose names are compared with one that is unknown; 1,000 take 0.1 s.
    private static let mostCompared = 1000

    private static func unknown(_ text: String, _ all: [BackendReport]) -> Fault {
        // Each comparison costs the square of the length.
        let nearest = Spelling.nearest(
            to: text,
            among: all.prefix(mostCompared).flatMap(\.names)
        )
        let last = text.split(separator: "/").last.map(String.init) ?? ""
        // The address is what people copy; the name before it is what they mistype.
        let same = all.filter { $0.isNamed(last) }.map(\.name)
        let hints = same.isEmpty ? nearest.map { [$0] } ?? [] : same
        return Fault(
            code: "D432",
            summary: "no real server is called \(text)",
            because: hints.isEmpty
                ? all.isEmpty ? "none is configured" : "none is called anything like it"
                : "did you mean \(list(hints))?",
            fix: "write \(forms); they are listed by: penstock status -o wide"
        )
    }

    private static func unclear(_ text: String, _ found: [BackendReport]) -> Fault {
        Fault(
            code: "D432",
            summary: "\(text) may be several real servers",
            because: list(found.map(\.name)),
            fix: "write VIP/SERVICE/ADDRESS:PORT"
        )
    }

    private static func list(_ names: [String]) -> String {
        let more = names.count > mostNamed ? " and \(names.count - mostNamed) more" : ""
        return names.prefix(mostNamed).joined(separator: ", ") + more
    }
}

extension BackendReport {
    fileprivate func isOf(vip text: String) -> Bool { vip == text || address == text }

    /// The forms under which it could have been meant.
    fileprivate var names: [String] {
        let isV6 = backend.endpoint.hasPrefix("[")
        let host =
            backend.endpoint.split(separator: isV6 ? "]" : ":").first
            .map { isV6 ? $0.dropFirst() : $0 } ?? ""
        return [
            "\(vip)/\(service)/\(host)", "\(vip)/\(host)", "\(service)/\(host)",
            "\(vip)/\(service)/\(backend.endpoint)",
        ]
    }
}
