import IPVS
import Net
import Netlink
import TestSupport
import Testing

/// Whatever the bytes are, reading them ends, in a value or in an error.
@Suite struct HostileTests {
    @Test func randomBytes() throws {
        for seed in 0..<4000 as Range<UInt64> {
            var random = SeededGenerator(seed: seed)
            let count = Int.random(in: 0...120, using: &random)
            var payload = (0..<count).map { _ in random.bits(UInt8.self) }
            // Half of them get a header that is believed, or few would be read beyond it.
            let commands = IPVSCommand.allCases
            if random.chance(2), !payload.isEmpty {
                payload[0] = commands[Int.random(in: 0..<commands.count, using: &random)].rawValue
            }
            try judge(Message(type: 32, flags: random.bits(), payload: payload))
        }
    }

    @Test func capturedBytesWithDamage() throws {
        let texts = CapturedTests.services + CapturedTests.destinations
        for seed in 0..<800 as Range<UInt64> {
            var random = SeededGenerator(seed: seed)
            var damaged = try message(texts[Int.random(in: 0..<texts.count, using: &random)])
            for _ in 0..<Int.random(in: 1...6, using: &random) {
                let place = Int.random(in: 0..<damaged.payload.count, using: &random)
                damaged.payload[place] = random.bits()
            }
            try judge(damaged)
        }
    }

    /// Reads it both ways; only one kind of error may come of it.
    private func judge(_ message: Message) throws {
        do throws(NetlinkError) {
            _ = try Reply(decoding: message, service: .v6)
        } catch {
            try requireMalformed(error)
        }
        do throws(NetlinkError) {
            let request = try Request(decoding: message)
            // An irregular mask can be seen, and has no bytes of its own to be sent as.
            if case .change(let operation) = request, operation.refusal != nil { return }
            // What was read can be sent again and means the same.
            #expect(try Request(decoding: request.message(family: 32)) == request)
        } catch {
            try requireMalformed(error)
        }
    }

    private func requireMalformed(_ error: NetlinkError) throws {
        guard case .malformed = error else { throw error }
    }

    @Test func unknownAttributesAreIgnored() throws {
        var payload = try bytes(CapturedServices.maglev)
        payload += [8, 0, 99, 0, 1, 2, 3, 4]
        let known = try Reply(decoding: message(CapturedServices.maglev), service: .v4)
        #expect(try Reply(decoding: Message(type: 32, payload: payload), service: .v4) == known)
    }

    @Test func statisticsOfOldKernels() throws {
        // Only the narrow form, as before Linux 4.1: the wide one gets a type nobody knows.
        let old = CapturedServices.counted.replacing("7c000c00", with: "7c006300")
        #expect(
            try Reply(decoding: message(old), service: .v4)
                == Reply(decoding: message(CapturedServices.counted), service: .v4)
        )
    }

    @Test func wideStatisticsWin() throws {
        let more = CapturedServices.counted.replacing(
            "0c000100 03000000 00000000",
            with: "0c000100 03000000 01000000"
        )
        guard case .service(let seen) = try Reply(decoding: message(more), service: .v4) else {
            Issue.record("no service")
            return
        }
        #expect(seen.statistics.total.connections == 1 << 32 + 3)
    }

    @Test func destinationWithoutFamilyHasThatOfItsService() throws {
        // Before Linux 3.18 nobody said it, and 0 is what newer ones take for unsaid.
        for replacement in ["06006300 0a000000", "06000b00 00000000"] {
            let old = CapturedDestinations.directV6.replacing(
                "06000b00 0a000000",
                with: replacement
            )
            let known = try Reply(decoding: message(CapturedDestinations.directV6), service: .v4)
            #expect(try Reply(decoding: message(old), service: .v6) == known)
            #expect(try Reply(decoding: message(old), service: .v4) != known)
        }
    }

    @Test func protocolsWithoutANameAreNoServices() throws {
        let other = CapturedServices.maglev.replacing(
            "06000200 06000000",
            with: "06000200 2f000000"
        )
        #expect(try Reply(decoding: message(other), service: .v4) == nil)
    }

    @Test func masksThatAreNoPrefix() throws {
        let odd = CapturedServices.mark.replacing("08000900 ffffff00", with: "08000900 ff00ff00")
        guard case .service(let seen) = try Reply(decoding: message(odd), service: .v4) else {
            Issue.record("no service")
            return
        }
        #expect(seen.service.persistence?.granularity == Persistence.irregular)
    }

    @Test func markZeroIsNoMark() throws {
        // As the kernel does: a mark of 0 is looked up by address.
        let both = CapturedServices.maglev
            .replacing("06000400 01bb0000", with: "06000400 01bb0000 08000500 00000000")
            .replacing("2c010100", with: "34010100")
        #expect(
            try Reply(decoding: message(both), service: .v4)
                == Reply(decoding: message(CapturedServices.maglev), service: .v4)
        )
    }
}
