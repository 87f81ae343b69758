import Link
import Logging
import Net
import Netlink
import Synchronization
import Testing

@testable import Planes

/// Which servers are behind what was lost, and that they are told of.
@Suite(.timeLimit(.minutes(10))) struct PathWatchTests {
    private static let onLink = IPAddress(v4: 0x0a14_000b)
    private static let routed = IPAddress(v4: 0x0a1e_000b)
    private static let gateway = IPAddress(v4: 0x0a14_0001)

    private static var memory: PathMemory {
        var memory = PathMemory()
        memory.learn(onLink, .init(gateway: nil, link: 3))
        memory.learn(routed, .init(gateway: gateway, link: 3))
        memory.learn(IPAddress(v4: 0x0a28_0001), .init(gateway: nil, link: 4))
        return memory
    }

    @Test func aNeighbourThatIsTheServer() {
        let loss = PathLoss.neighbor(Self.onLink, link: 3)
        #expect(Self.memory.cutOff(by: [loss]) == [Self.onLink: loss])
        // The same address elsewhere is another machine.
        #expect(Self.memory.cutOff(by: [.neighbor(Self.onLink, link: 4)]).isEmpty)
        // One that is reached by a gateway is nobody's neighbour.
        #expect(Self.memory.cutOff(by: [.neighbor(Self.routed, link: 3)]).isEmpty)
    }

    @Test func aGatewayAndALink() {
        let loss = PathLoss.neighbor(Self.gateway, link: 3)
        #expect(Self.memory.cutOff(by: [loss]) == [Self.routed: loss])
        #expect(Set(Self.memory.cutOff(by: [.link(3)]).keys) == [Self.onLink, Self.routed])
    }

    @Test func aWayThatIsGoneIsRememberedWhileItsServerIs() {
        var memory = Self.memory
        memory.learn(Self.onLink, nil)
        #expect(memory.cutOff(by: [.link(3)]).count == 2)
        memory.keep([Self.routed])
        #expect(Set(memory.cutOff(by: [.link(3)]).keys) == [Self.routed])
    }

    @Test func tellsOfServersBehindALostLink() async throws {
        let kernel = ScriptedKernel { message throws(NetlinkError) in
            var writer = AttributeWriter(after: [2, 32, 0, 0, 254, 0, 0, 1, 0, 0, 0, 0])
            writer.put(4, Int32(7))
            return [Message(type: 24, payload: writer.bytes)]
        }
        let (losses, lose) = AsyncStream.makeStream(
            of: [PathLoss].self,
            bufferingPolicy: .bufferingNewest(1)
        )
        let (reports, report) = AsyncStream.makeStream(of: [IPAddress: String].self)
        let watch = PathWatch(
            Paths(over: kernel),
            losses: { losses },
            // Time passes as fast as everything else.
            sleep: { _ in
                try Task.checkCancellation()
                await Task.yield()
            },
            logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })
        )
        watch.update([Self.onLink, Self.routed])
        await withDiscardingTaskGroup { group in
            group.addTask { await watch.run { report.yield($0) } }
            // Until the ways are learnt, a loss concerns nobody.
            group.addTask {
                while !Task.isCancelled {
                    lose.yield([.link(6), .link(7)])
                    await Task.yield()
                }
            }
            for await told in reports where told.count == 2 {
                #expect(told[Self.onLink] == "the link number 7 was lost")
                break
            }
            group.cancelAll()
        }
    }
}
