import Net
import Testing

@testable import Core

/// `HealthAnswers`: what a decision finds out of a real server once holds for all of it.
@Suite struct HealthAnswersTests {
    @Test func eachServerIsAskedAboutOnce() throws {
        let bench = try GateBench()
        var asked: [Endpoint: Int] = [:]
        let gate = Gate(
            vip: bench.vip,
            sight: bench.sight,
            scene: bench.scene,
            now: bench.now,
            isUp: { target in
                asked[target.endpoint, default: 0] += 1
                return true
            }
        )
        var memory = bench.memory
        #expect(gate.decide(remembering: &memory).verdict == .announce)
        #expect(asked == [GateBench.first: 1, GateBench.second: 1])
    }

    @Test func servicesAreToldApart() {
        let answers = HealthAnswers()
        #expect(answers.known(of: ServiceID(.tcp, 80)) { [true, nil] } == [true, nil])
        #expect(answers.known(of: ServiceID(.tcp, 81)) { [false] } == [false])
        #expect(answers.known(of: ServiceID(.tcp, 80)) { [] } == [true, nil])
    }

    /// One that is only asked about stands nowhere in the list, and gets an answer all the same.
    @Test func aServerOfElsewhereHasAnAnswerOfItsOwn() throws {
        let bench = try GateBench()
        let service = try #require(bench.vip?.services.first)
        let stranger = Endpoint(IPAddress(v4: 0x0a14_000d), 443)
        let gate = Gate(
            vip: bench.vip,
            sight: bench.sight,
            scene: bench.scene,
            now: bench.now,
            isUp: { $0.endpoint != stranger }
        )
        #expect(gate.health(of: Backend(stranger), in: service) == false)
        #expect(gate.health(of: Backend(GateBench.first), in: service) == true)
    }
}
