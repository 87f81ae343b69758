import CNetlink
import Netlink
import Testing

/// The exchange against this machine's own kernel; nothing here needs a privilege.
@Suite struct ChannelTests {
    /// struct ifinfomsg of a request for link 1, which is the loopback in every namespace.
    private static let loopback = Message(
        type: UInt16(RTM_GETLINK),
        payload: [0, 0, 0, 0] + AttributeWriter.hostOrder(Int32(1))
            + [UInt8](repeating: 0, count: 8)
    )

    private func name(of link: Message) -> String? {
        var reader = AttributeReader(link.payload.dropFirst(16))
        while let attribute = reader.next() {
            if Int(attribute.type) == IFLA_IFNAME { return reader.text(attribute) }
        }
        return nil
    }

    @Test func asksForOneLink() async throws {
        let replies = try await NetlinkChannel(.route).request(Self.loopback)
        #expect(replies.map(\.type) == [UInt16(RTM_NEWLINK)])
        #expect(replies.first.flatMap(name(of:)) == "lo")
    }

    @Test func dumpsAllLinks() async throws {
        let channel = NetlinkChannel(.route)
        let dump = Message(
            type: UInt16(RTM_GETLINK),
            flags: UInt16(NLM_F_DUMP),
            payload: [UInt8](repeating: 0, count: 16)
        )
        // Twice on one socket: the second would be refused with EBUSY if the first were not over.
        for _ in 0..<2 {
            let replies = try await channel.request(dump)
            #expect(replies.compactMap(name(of:)).contains("lo"))
        }
    }

    @Test func keepsTheErrnoAndGoesOn() async throws {
        let channel = NetlinkChannel(.route)
        var missing = Self.loopback
        missing.payload.replaceSubrange(4..<8, with: AttributeWriter.hostOrder(Int32.max))
        await #expect(throws: NetlinkError.refused(.noDevice, words: "")) {
            _ = try await channel.request(missing)
        }
        #expect(try await channel.request(Self.loopback).count == 1)
    }

    @Test func passesOnTheWordsOfARefusal() async throws {
        // An attribute of the wrong width: the policy of the first level has words for it.
        var writer = AttributeWriter(after: Self.loopback.payload)
        writer.put(UInt16(IFLA_MTU), [1, 2])
        let request = Message(type: UInt16(RTM_GETLINK), payload: writer.bytes)
        do throws(NetlinkError) {
            _ = try await NetlinkChannel(.route).request(request)
            Issue.record("the kernel took an MTU of two bytes")
        } catch {
            guard case .refused(let errno, let words) = error else { throw error }
            #expect(errno == .invalid || errno == .outOfRange)
            #expect(!words.isEmpty)
        }
    }

    /// A message below NLMSG_MIN_TYPE: the kernel does nothing and acknowledges if asked.
    private static let nothing = Message(type: UInt16(NLMSG_NOOP), payload: [])

    @Test func tellsWhatBecameOfEachOfABatch() async throws {
        let channel = NetlinkChannel(.route)
        var missing = Self.loopback
        missing.payload.replaceSubrange(4..<8, with: AttributeWriter.hostOrder(Int32.max))
        // More than one send may have, with refusals on both sides of every cut.
        let messages = (0..<5000).map { $0.isMultiple(of: 3) ? missing : Self.nothing }
        let refusals = try await channel.batch(messages)
        #expect(refusals == messages.map { $0 == missing ? .noDevice : nil })
        #expect(try await channel.batch([]).isEmpty)
    }

    @Test func givesUpAndStartsAfresh() async throws {
        let patience = Duration.milliseconds(1)
        let channel = NetlinkChannel(.route, patience: patience)
        // A dump of nothing: no acknowledgement is asked for, and no end comes.
        let endless = Message(type: UInt16(NLMSG_NOOP), flags: UInt16(NLM_F_DUMP), payload: [])
        await #expect(throws: NetlinkError.timedOut(patience)) {
            _ = try await channel.request(endless)
        }
        #expect(try await channel.request(Self.loopback).count == 1)
    }

    @Test func looksUpFamilies() async throws {
        let channel = NetlinkChannel(.generic)
        // The controller is a family as well, and the only one with a fixed number.
        #expect(try await channel.family(named: "nlctrl") == 0x10)
        await #expect(throws: NetlinkError.noFamily("no such family")) {
            _ = try await channel.family(named: "no such family")
        }
    }
}
