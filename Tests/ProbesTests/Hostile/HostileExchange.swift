import Core
import Net
@testable import Probes

/// One probe whose answer means harm, from its connection to its judgement.
struct HostileExchange {
    /// What everything that nobody can guess is made of: the question of DNS has the id 7, and an
    /// echo 1, 2, 3, 4, 5, 6, 0, 7 in front.
    static let chance: UInt64 = 0x0102_0304_0506_0007
    /// The bytes that are kept of the question: a name, a status range, what is looked for.
    private static let question = 1_024

    private let target: ProbeTarget
    private let mostKept: Int
    private let isStream: Bool
    private let showsPieces: Bool

    /// A probe that keeps no more than so many bytes of its answer.
    ///
    /// `showsPieces` is whether its evidence depends on the pieces, and only the rest does not.
    init(
        _ method: Check.Method,
        keeps mostKept: Int,
        isStream: Bool = true,
        showsPieces: Bool = false,
        _ address: IPAddress = IPAddress(v4: 0xc000_0201)
    ) {
        target = ProbeTarget(endpoint: Endpoint(address, 80), check: Check(method: method))
        self.mostKept = mostKept
        self.isStream = isStream
        self.showsPieces = showsPieces
    }

    /// The probe before anything was said.
    func begin() -> Exchange { Exchange(target, chance: Self.chance) }

    /// What came of one way to cut an answer.
    private struct End {
        var judgement: Exchange.Judgement
        var broken: [String] = []
    }

    /// Reads the answer in all its cuts, which must come to the same.
    func read(_ flow: HostileFlow) -> HostileAnswer.Reading {
        let ends = (isStream ? flow.cuts : [flow.datagrams]).map(end)
        let first = ends[0].judgement
        var broken = ends.flatMap(\.broken)
        for other in ends.dropFirst().map(\.judgement) {
            let isSame =
                showsPieces
                ? (first.code, first.status) == (other.code, other.status) : first == other
            if !isSame { broken.append("\(other) in pieces instead of \(first)") }
        }
        broken += HostileWire.broken(by: first.outcome(after: .zero))
        let words = first.detail.filter { !$0.isNumber }.prefix(40)
        return .init(outcome: "\(first.code.rawValue) \(words)", broken: broken)
    }

    private func end(_ pieces: [ArraySlice<UInt8>]) -> End {
        var exchange = begin()
        var sent = 0
        let asked = if case .send(let bytes) = exchange.connected() { bytes.count } else { 0 }
        var broken: [String] = []
        for piece in pieces {
            switch exchange.received(piece) {
            case .settle(let judgement): return End(judgement: judgement, broken: broken)
            case .send(let bytes): sent += bytes.count
            case .wait: continue
            case .reopenAsStream:
                guard exchange.carrier == .stream, case .send = exchange.connected() else {
                    return End(
                        judgement: .init(code: .socketError, ""),
                        broken: ["what is asked again is not asked"]
                    )
                }
            }
        }
        // Nine bytes and eight at the most for each frame that is answered.
        if sent > HTTP2Reader.mostQuestions * 17 { broken.append("\(sent) bytes are sent") }
        let kept = Self.weight(of: exchange)
        // A probe that has gone over to TCP keeps what it may keep there.
        let most = exchange.carrier == .stream && !isStream ? Int(UInt16.max) + 2 : mostKept
        if kept > most + Self.question + asked {
            broken.append("\(kept) bytes are kept, \(most) at most")
        }
        if case .settle(let judgement) = exchange.expired(late: .zero) {
            let outcome = judgement.outcome(after: .zero)
            broken += HostileWire.broken(by: outcome)
            if outcome.verdict == .passed { broken.append("no answer passes") }
        } else {
            broken.append("a probe outlives its time")
        }
        guard case .settle(let judgement) = exchange.closed() else {
            return End(judgement: .init(code: .socketError, ""), broken: ["a closed probe goes on"])
        }
        return End(judgement: judgement, broken: broken)
    }

    /// The bytes that a value keeps in its parts, but for the library's tables of headers, which
    /// bound themselves, and what many values share.
    private static func weight(of value: Any) -> Int {
        switch value {
        case let bytes as [UInt8]: return bytes.count
        case let bytes as ArraySlice<UInt8>: return bytes.count
        case let text as String: return text.utf8.count
        default:
            let mirror = Mirror(reflecting: value)
            guard mirror.displayStyle != .class else { return 0 }
            return mirror.children.reduce(0) {
                $1.label == "decoder" ? $0 : $0 + weight(of: $1.value)
            }
        }
    }
}
