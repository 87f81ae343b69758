import Core

/// The answer to a call of gRPC's health protocol.
struct HealthAnswer: AnswerOverHTTP2 {
    private static let prefixBytes = 5

    var reader = HTTP2Reader()
    private var message: [UInt8] = []
    private(set) var status: Int?
    private var fields: [HTTP2Reader.Field] = []

    mutating func take(_ part: HTTP2Reader.Piece) -> Exchange.Judgement? {
        switch part {
        case .head(let status, let fields):
            self.status = status
            // A call that fails at once has its trailers in its only head.
            self.fields = fields
            guard status == 200 else {
                return .init(code: .l7status, status: status, "\(status), expected 200")
            }
            return nil
        case .data(let data):
            message += data
            guard message.count <= Self.prefixBytes + HealthMessage.longest else {
                let detail = "a message above \(HealthMessage.longest) bytes"
                return .init(code: .l7response, status: status, detail)
            }
            return nil
        case .trailers(let fields):
            self.fields += fields
            return nil
        case .end: return judged()
        case .fault(let fault): return .init(code: .l7response, status: status, fault.text)
        }
    }

    private func judged() -> Exchange.Judgement {
        func field(_ name: String) -> String? { fields.last { $0.name == name }?.value }
        guard let code = field("grpc-status").flatMap({ $0.utf8.count <= 3 ? Int($0) : nil }) else {
            return .init(code: .l7response, status: status, "an answer without grpc-status")
        }
        guard code == 0 else {
            let words = field("grpc-message").map { ": \(Evidence.printable($0.utf8))" } ?? ""
            return .init(code: .l7status, status: status, "\(Self.name(of: code))\(words)")
        }
        do throws(HealthMessage.Fault) {
            guard message.count >= Self.prefixBytes, message[0] == 0,
                message[1..<Self.prefixBytes].reduce(0, { $0 << 8 | Int($1) })
                    == message.count - Self.prefixBytes
            else { throw HealthMessage.Fault() }
            let number = try HealthMessage.status(in: message[Self.prefixBytes...])
            guard let health = HealthMessage.Status(rawValue: number) else {
                return .init(code: .l7status, status: status, "a status of number \(number)")
            }
            let isServing = health == .serving
            return .init(code: isServing ? .l7ok : .l7status, status: status, health.word)
        } catch {
            return .init(code: .l7response, status: status, "not one message of health.proto")
        }
    }

    /// The name of a code (statuscodes.md of gRPC): those that a health check can come to.
    private static func name(of code: Int) -> String {
        switch code {
        case 1: "CANCELLED"
        case 2: "UNKNOWN (of the call)"
        case 4: "DEADLINE_EXCEEDED"
        case 5: "NOT_FOUND: no such service"
        case 7: "PERMISSION_DENIED"
        case 8: "RESOURCE_EXHAUSTED"
        case 12: "UNIMPLEMENTED: the server has no grpc.health.v1"
        case 13: "INTERNAL"
        case 14: "UNAVAILABLE"
        case 16: "UNAUTHENTICATED"
        default: "grpc-status \(code)"
        }
    }
}
