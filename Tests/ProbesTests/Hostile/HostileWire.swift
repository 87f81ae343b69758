import Core
import Net
@testable import Probes

/// The line between the director and its worker, when something else is at the other end.
enum HostileWire {
    private typealias Reading = HostileAnswer.Reading

    /// The bytes of evidence that an operator is shown in a line: two runs of a server's own words
    /// with ours around them.
    private static let longestDetail = 300

    /// What is wrong with an outcome, which is to be shown and to be carried over the line.
    static func broken(by outcome: Outcome) -> [String] {
        var broken: [String] = []
        if !outcome.detail.utf8.allSatisfy({ (0x20...0x7e).contains($0) }) {
            broken.append("\(outcome.detail.debugDescription) is not printable")
        }
        if outcome.detail.utf8.count > longestDetail {
            broken.append("evidence of \(outcome.detail.utf8.count) bytes")
        }
        let word = WorkerWord.end(ticket: 1, outcome)
        do throws(WireFault) {
            let again = try WorkerWord.all(in: written { word.write(&$0) })
            if again != [word] { broken.append("\(outcome) is read as \(again)") }
        } catch {
            broken.append("\(outcome) is not read: \(error)")
        }
        return broken
    }

    /// What a worker would say.
    static func words(_ bytes: [UInt8]) -> HostileAnswer.Reading {
        read(bytes, by: WorkerWord.all) { word, writer in word.write(&writer) }
    }

    /// What a director would say.
    static func orders(_ bytes: [UInt8]) -> HostileAnswer.Reading {
        read(bytes, by: WorkerOrder.all) { order, writer in order.write(&writer) }
    }

    /// Everything that is read is written as the same bytes.
    private static func read<Message>(
        _ bytes: [UInt8],
        by all: ([UInt8]) throws(WireFault) -> [Message],
        _ write: (Message, inout WireWriter) -> Void
    ) -> Reading {
        do throws(WireFault) {
            let messages = try all(bytes)
            let again = written { writer in
                for message in messages { write(message, &writer) }
            }
            let kinds = Set(messages.map { "\($0)".prefix { $0.isLetter } }).sorted()
            return Reading(
                outcome: kinds.joined(separator: ", "),
                broken: again == bytes ? [] : ["\(messages) is written as \(again)"]
            )
        } catch {
            return fault(error)
        }
    }

    private static func fault(_ fault: WireFault) -> Reading {
        Reading(outcome: fault.description.filter { !$0.isNumber })
    }

    private static func written(_ write: (inout WireWriter) -> Void) -> [UInt8] {
        var writer = WireWriter()
        write(&writer)
        return writer.bytes
    }

    /// Frames are the same however they were cut, and of what is not whole one is kept at most.
    static func frames(_ flow: HostileFlow) -> HostileAnswer.Reading {
        var found: [(frames: [[UInt8]], fault: WireFault?)] = []
        var broken: [String] = []
        for pieces in flow.cuts {
            var reader = FrameReader()
            var frames: [[UInt8]] = []
            var fault: WireFault?
            do throws(WireFault) {
                for piece in pieces {
                    frames += try reader.take(piece)
                    if reader.count >= WireLimits.frameBytes + 4 {
                        broken.append("\(reader.count) bytes are kept")
                    }
                }
            } catch {
                fault = error
            }
            found.append((frames, fault))
        }
        for other in found.dropFirst() {
            // The line ends with a fault, and with it what came before in the same piece.
            let isSame = other.fault == found[0].fault
            if !isSame || other.fault == nil && other.frames != found[0].frames {
                broken.append("frames depend on how they were cut")
            }
        }
        if let fault = found[0].fault {
            return Reading(outcome: self.fault(fault).outcome, broken: broken)
        }
        let count = found[0].frames.count
        return Reading(outcome: count < 3 ? "\(count) frames" : "many frames", broken: broken)
    }

    /// What is owed by a worker is answered once, by it or when it is given up.
    static func desk(_ bytes: [UInt8]) -> HostileAnswer.Reading {
        var desk = WorkerDesk(userAgent: "penstock")
        let target = ProbeTarget(
            endpoint: Endpoint(IPAddress(v4: 1), 80),
            check: Check(method: .tcp)
        )
        let order = ProbeOrder(ProbeSchedule.Run(target: target), started: .zero)
        desk.begin()
        var ends = desk.start([order, order, order]).count
        let timing = SentinelTiming(timeout: .seconds(1), keepalive: 1)
        let dial = SentinelDial(endpoint: target.endpoint, timing: timing)
        for _ in 0..<2 { _ = desk.open(dial, telling: { _ in }) }
        var lost = 0
        var outcome = ""
        do throws(WireFault) {
            for word in try WorkerWord.all(in: bytes) {
                switch try desk.take(word) {
                case .none: outcome += " nothing"
                case .ready: outcome += " ready"
                case .ended:
                    outcome += " end"
                    ends += 1
                case .news(_, .stands): outcome += " stands"
                case .news:
                    outcome += " lost"
                    lost += 1
                }
                if desk.elapse() != nil { break }
            }
        } catch {
            outcome += " " + fault(error).outcome
        }
        let rest = desk.lose(because: "went away")
        var broken: [String] = []
        if ends + rest.ends.count != 3 { broken.append("\(ends) and \(rest.ends.count) ends of 3") }
        if lost + rest.news.count != 2 { broken.append("\(lost) and \(rest.news.count) lost of 2") }
        return Reading(outcome: String(outcome.prefix(60)), broken: broken)
    }
}

extension WorkerWord {
    /// All messages of a frame.
    static func all(in frame: [UInt8]) throws(WireFault) -> [WorkerWord] {
        var reader = WireReader(frame[...])
        var words: [WorkerWord] = []
        while !reader.isAtEnd { words.append(try WorkerWord(&reader)) }
        return words
    }
}
