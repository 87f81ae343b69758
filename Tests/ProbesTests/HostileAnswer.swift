import Core
@testable import Probes

/// Bytes of a server that means harm, and what every reader of answers promises about them.
///
/// The fuzzer reads with this what it makes up, and the tests what they make up.
struct HostileAnswer {
    /// Which reader they are for.
    private enum Reader: UInt8, CaseIterable {
        case http, head, body, digest, dns, agent, echoV4, echoV6, http2, grpc, health
    }

    private let reader: Reader
    private let bytes: ArraySlice<UInt8>

    /// The first of `bytes` chooses the reader, which gets the others.
    init(_ bytes: [UInt8]) {
        let readers = Reader.allCases
        reader = readers[Int(bytes.first ?? 0) % readers.count]
        self.bytes = bytes.dropFirst()
    }

    /// Reads them; answers which promises were broken.
    func read() -> [String] {
        switch reader {
        case .http: response { ResponseReader() }
        case .head: response { ResponseReader(hasBody: false) }
        case .body: response { ResponseReader(body: BodyTest(containing: Array("ready".utf8))) }
        case .digest: response { ResponseReader(body: BodyTest(sha256: [1, 2, 3])) }
        case .dns: name()
        case .agent: agent()
        case .echoV4: echo(.v4)
        case .echoV6: echo(.v6)
        case .http2:
            answer {
                let ready = Array("ready".utf8)
                return HTTP2Answer(to: HTTPExpectation(version: .http2, body: .containing(ready)))
            }
        case .grpc: answer { HealthAnswer() }
        case .health: health()
        }
    }

    /// How a response was cut changes nothing, and what is read of it is bounded.
    private func response(_ make: () -> ResponseReader) -> [String] {
        let whole = end(make(), pieces: [bytes])
        let middle = bytes.startIndex + bytes.count / 2
        var broken: [String] = []
        if end(make(), pieces: [bytes[..<middle], bytes[middle...]]) != whole {
            broken.append("two pieces end otherwise than the whole")
        }
        if end(make(), pieces: bytes.indices.map { bytes[$0...$0] }) != whole {
            broken.append("single bytes end otherwise than the whole")
        }
        return broken
    }

    private func end(_ reader: ResponseReader, pieces: [ArraySlice<UInt8>]) -> String {
        var reader = reader
        do throws(ResponseReader.Fault) {
            for piece in pieces { try reader.read(piece) }
            if !reader.isDone { try reader.end() }
        } catch {
            return "\(error)"
        }
        if let status = reader.status, !(100...599).contains(status) { return "status \(status)!" }
        let fault = reader.body?.fault(isCut: reader.isCut, limit: ResponseReader.longestBody)
        return "\(reader.status ?? 0) \(reader.isDone) \(reader.isCut) \(fault ?? "")"
    }

    /// How an answer was cut changes nothing, and what it has us send is bounded.
    private func answer(_ make: () -> any Answer) -> [String] {
        let whole = settle(make(), [bytes])
        var broken: [String] = []
        let single = settle(make(), bytes.indices.map { bytes[$0...$0] })
        if single.judgement != whole.judgement {
            broken.append("\(single.judgement) instead of \(whole.judgement)")
        }
        // Nine bytes and eight at the most for each frame that is answered.
        for sent in [whole.sent, single.sent] where sent > HTTP2Reader.mostQuestions * 17 {
            broken.append("\(sent) bytes are sent")
        }
        return broken
    }

    private func settle(
        _ answer: any Answer,
        _ pieces: [ArraySlice<UInt8>]
    ) -> (judgement: Exchange.Judgement, sent: Int) {
        var answer = answer
        var sent = 0
        for piece in pieces {
            switch answer.read(piece) {
            case .settle(let judgement): return (judgement, sent)
            case .send(let bytes): sent += bytes.count
            case .wait, .reopenAsStream: continue
            }
        }
        return (answer.end(), sent)
    }

    private func health() -> [String] {
        do throws(HealthMessage.Fault) {
            _ = try HealthMessage.status(in: bytes)
        } catch {
            // No message, which is a verdict.
        }
        return []
    }

    private func name() -> [String] {
        do throws(DNSMessage.Fault) {
            let message = try DNSMessage(parsing: bytes)
            var broken: [String] = []
            if message.answers.count > DNSMessage.mostRecords { broken.append("too many records") }
            for record in message.answers {
                // A byte of a label takes four at the most, as a backslash and three digits.
                if record.owner.utf8.count > 4 * DNSMessage.longestName {
                    broken.append("a name of \(record.owner.utf8.count) bytes")
                }
                _ = message.records(of: record.type, for: record.owner)
            }
            return broken
        } catch {
            return []
        }
    }

    private func agent() -> [String] {
        guard let line = AgentReport.line(in: bytes, isWhole: true) else { return ["no line"] }
        let whole = settle([bytes])
        if settle(bytes.indices.map { bytes[$0...$0] }) != whole {
            return ["single bytes end otherwise than the whole"]
        }
        do throws(AgentReport.Fault) {
            let report = try AgentReport(parsing: line)
            let isBounded = (0...AgentReport.mostPercent).contains(report.word.percent ?? 0)
            return isBounded ? [] : ["\(report.word.percent ?? 0) percent"]
        } catch {
            return []
        }
    }

    /// What comes of the answer in these pieces.
    private func settle(_ pieces: [ArraySlice<UInt8>]) -> Exchange.Judgement {
        var answer = AgentAnswer()
        for piece in pieces {
            if case .settle(let judgement) = answer.read(piece) { return judgement }
        }
        return answer.end()
    }

    private func echo(_ family: EchoMessage.Family) -> [String] {
        guard let message = EchoMessage(reply: bytes, family) else { return [] }
        return message.data.count <= bytes.count ? [] : ["more data than bytes"]
    }
}
