import API
import Core
import IPVS
import Net
import TestSupport
import Testing

@testable import penstock

@Suite struct TableDigestsTests {
    private func digest(_ snapshot: Snapshot) -> String? {
        snapshot.vips[1].services[0].table?.digest
    }

    @Test func isTheDigestOfTheKernelsTable() throws {
        let members = try (1...4).map { number in
            MaglevTable.Member(try Endpoint(parsing: "10.20.0.1\(number):443"), weight: 1)
        }
        let table = MaglevTable(family: .v4, members: members, flags: [.fallback, .port])
        let shown = TableDigests().complete(try ComparisonTests.snapshot())
        #expect(digest(shown) == table?.digest)
        #expect(digest(shown) != nil)
    }

    @Test func followsEveryChange() throws {
        let digests = TableDigests()
        var seen: Set<String> = []
        for weight in [1, 2, 1, 0] {
            let snapshot = try ComparisonTests.snapshot { service in
                service.table?.members[0] = MemberStatus(
                    endpoint: "10.20.0.11:443",
                    weight: weight,
                    lastWeight: max(weight, 1)
                )
            }
            let shown = try #require(digest(digests.complete(snapshot)))
            #expect(shown == digest(TableDigests().complete(snapshot)))
            seen.insert(shown)
        }
        #expect(seen.count == 3)
    }

    @Test(arguments: ["wrr", "sh(sh-port)", "mhx", nil])
    func noOtherSchedulerHasOne(scheduler: String?) throws {
        let snapshot = try ComparisonTests.snapshot { $0.table?.scheduler = scheduler }
        #expect(digest(TableDigests().complete(snapshot)) == nil)
    }

    @Test func theScreensShowIt() throws {
        let snapshot = TableDigests().complete(try ComparisonTests.snapshot())
        let shown = try #require(digest(snapshot))
        let wide = screen(StatusScreen(snapshot, isWide: true).lines)
        #expect(wide.contains("web/https  443/tcp  mh(mh-fallback,mh-port)  \(shown)"))
        let explained = screen(
            ExplainScreen(
                Explanation(
                    takenAt: snapshot.takenAt,
                    establishedPeers: 2,
                    vip: snapshot.vips[1]
                )
            ).lines
        )
        #expect(explained.contains("table  https mh(mh-fallback,mh-port) \(shown)"))
    }
}
