import Testing
import TestSupport

/// What the fuzzer begins with, and what was found: every reader keeps its promises.
@Suite struct HostileAnswerTests {
    /// Answers of each kind with the byte that chooses their reader, which damage is done to.
    private static let seeds: [[UInt8]] = {
        let http = ResponseReaderTests.cases.map { Array($0.bytes.prefix(600)) }
        let dns = [
            DNSMessageTests.response(answers: [DNSMessageTests.record(1, [1, 2, 3, 4])]),
            DNSMessageTests.response(answers: [DNSMessageTests.record(5, [1, 97, 0xc0, 12])]),
        ]
        let echo: [UInt8] = [129, 0, 0, 0, 1, 2, 3, 4, 5, 6]
        return (0..<4).flatMap { reader in http.map { [reader] + $0 } } + dns.map { [4] + $0 }
            + [[5] + Array("up ready 75%\n".utf8), [6] + echo, [7] + echo]
            + [[8] + HTTP2AnswerTests.ready, [9] + HealthAnswerTests.serving, [10, 8, 1]]
    }()

    @Test(arguments: UInt64(0)..<60)
    func promisesAreKept(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<30 {
            var bytes = Self.seeds.randomElement(using: &generator) ?? []
            for _ in 0..<Int.random(in: 0...4, using: &generator) where bytes.count > 1 {
                let place = Int.random(in: 1..<bytes.count, using: &generator)
                switch Int.random(in: 0..<3, using: &generator) {
                case 0: bytes[place] = .random(in: 0...255, using: &generator)
                case 1: bytes.remove(at: place)
                default: bytes.insert(bytes[place], at: place)
                }
            }
            let broken = HostileAnswer(bytes).read()
            #expect(broken.isEmpty, "seed \(seed): \(bytes)")
        }
    }
}
