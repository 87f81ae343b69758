import Core
import Net
import Testing

/// What routers are told, as text and as worse paths.
@Suite struct AnnouncementTests {
    @Test(arguments: [
        ("65001:100", UInt32(0xfde9_0064)), ("0:0", 0), ("65535:65535", .max),
        ("graceful-shutdown", 0xffff_0000), ("no-export", 0xffff_ff01),
    ])
    func readsCommunities(text: String, number: UInt32) throws {
        let community = try Community(parsing: text)
        #expect(community.number == number)
        #expect(try Community(parsing: "\(community)") == community)
    }

    @Test(arguments: [
        "", "1", "1:", ":1", "65536:1", "1:65536", "+1:2", "1:2:3", "no", "1:-2", "1 :2",
    ])
    func refusesWhatIsNoCommunity(text: String) {
        #expect(throws: ParseError.self) { try Community(parsing: text) }
    }

    @Test func readsLargeCommunities() throws {
        let community = try LargeCommunity(parsing: "4200000000:0:7")
        #expect(community == LargeCommunity(4_200_000_000, 0, 7))
        #expect("\(community)" == "4200000000:0:7")
        for text in ["", "1:2", "1:2:3:4", "1:2:4294967296", "a:b:c", "1:2:+3"] {
            #expect(throws: ParseError.self) { try LargeCommunity(parsing: text) }
        }
    }

    /// Two announcements that look the same to a router are equal.
    @Test func communitiesHaveNoOrderAndNoDoubles() {
        let first = RouteAttributes(communities: [Community(1, 2), Community(1, 1)])
        let second = RouteAttributes(
            communities: [Community(1, 1), Community(1, 2), Community(1, 1)]
        )
        #expect(first == second)
    }

    @Test func aWorsePathKeepsWhatElseGoesWithIt() {
        let usual = RouteAttributes(
            communities: [Community(65_001, 100)],
            med: 10,
            prepend: 1,
            bandwidth: 100
        )
        var worse = DrainPolicy.SoftPath.gracefulShutdown.applied(to: usual)
        #expect(worse.communities == [Community(65_001, 100), .gracefulShutdown])
        #expect(worse.med == 10 && worse.bandwidth == 100)
        worse = DrainPolicy.SoftPath.prepend(3).applied(to: usual)
        #expect(worse.prepend == 4 && worse.communities == usual.communities)
        worse = DrainPolicy.SoftPath.med(1000).applied(to: usual)
        #expect(worse.med == 1000)
        #expect(DrainPolicy.SoftPath.none.applied(to: usual) == usual)
    }

    @Test func saysWhatItIs() {
        let soft = Announcement(.soft, RouteAttributes(communities: [.gracefulShutdown], med: 5))
        #expect("\(soft)" == "soft, community 65535:0, MED 5")
        #expect("\(Announcement())" == "normal")
        #expect("\(Announcement(foreignForm: "MINE"))" == "as MINE has it")
        #expect(Announcement(foreignForm: "MINE") != Announcement())
        let status = AnnouncementStatus(soft)
        #expect(status.level == "soft" && status.communities == ["65535:0"] && status.med == 5)
        #expect(AnnouncementStatus(Announcement(foreignForm: "MINE")).level == "foreign")
    }
}
