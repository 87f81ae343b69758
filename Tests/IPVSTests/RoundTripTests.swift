import IPVS
import Net
import Netlink
import TestSupport
import Testing

/// What is written is what is read, both ways, for values of every shape.
@Suite struct RoundTripTests {
    @Test func requestsSurvive() throws {
        for seed in 0..<1000 as Range<UInt64> {
            var random = SeededGenerator(seed: seed)
            let request: Request =
                switch Int.random(in: 0..<6, using: &random) {
                case 0: .services
                case 1: .service(random.identity())
                case 2: .destinations(of: random.identity())
                case 3: [.info, .timeouts, .daemons][Int.random(in: 0..<3, using: &random)]
                default: .change(try random.operation())
                }
            #expect(try Request(decoding: request.message(family: 7)) == request, "seed \(seed)")
        }
    }

    @Test func servicesSurvive() throws {
        for seed in 0..<500 as Range<UInt64> {
            var random = SeededGenerator(seed: seed)
            let reply = Reply.service(
                ObservedService(try random.service(), random.statistics())
            )
            let message = reply.message(family: 7)
            #expect(try Reply(decoding: message, service: .v4) == reply, "seed \(seed)")
            #expect(message.payload.count.isMultiple(of: 4), "seed \(seed)")
        }
    }

    @Test func destinationsSurvive() throws {
        for seed in 0..<500 as Range<UInt64> {
            var random = SeededGenerator(seed: seed)
            let reply = Reply.destination(
                ObservedDestination(
                    random.destination(),
                    Connections(
                        active: random.bits(),
                        inactive: random.bits(),
                        persistent: random.bits()
                    ),
                    random.statistics()
                )
            )
            // The family of the service must not matter where the destination says its own.
            let decoded = try Reply(decoding: reply.message(family: 7), service: random.family())
            #expect(decoded == reply, "seed \(seed)")
        }
    }

    @Test func settingsSurvive() throws {
        for seed in 0..<100 as Range<UInt64> {
            var random = SeededGenerator(seed: seed)
            let replies: [Reply] = [
                .info(Info(version: random.bits(), connectionTableSize: random.bits())),
                .timeouts(Timeouts(tcp: random.bits(), tcpFin: random.bits(), udp: random.bits())),
                .daemon(random.daemon()),
            ]
            for reply in replies {
                let decoded = try Reply(decoding: reply.message(family: 7), service: .v4)
                #expect(decoded == reply, "seed \(seed)")
            }
        }
    }

    @Test func everyPrefixLengthSurvives() throws {
        for family in AddressFamily.allCases {
            for length in (family == .v4 ? 0 : 1)...family.bitWidth {
                let service = Service(
                    .mark(1, family),
                    scheduler: .maglev,
                    persistence: Persistence(timeout: 1, granularity: length)
                )
                let request = Request.change(.newService(service))
                #expect(try Request(decoding: request.message(family: 7)) == request)
            }
        }
    }
}
