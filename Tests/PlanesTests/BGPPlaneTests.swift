import Core
import Logging
import Net
import Planes
import Testing

/// What the plane says while there is no bgpd: a failed look, never an empty one.
@Suite struct BGPPlaneTests {
    private func plane() throws -> BGPPlane {
        let owned = try Prefix(parsing: "203.0.113.0/24")
        return BGPPlane(
            BGPPolicy(
                asn: 65_001,
                ownedPrefixes: [owned],
                vtySocket: "/nonexistent/penstock/bgpd.vty"
            ),
            interface: "vip0",
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        )
    }

    @Test func aMissingSocketIsAFaultWithItsPath() async throws {
        let plane = try plane()
        let facts = try await plane.observe()
        guard case .failure(let error)? = facts.speakers[Speaker.usualName] else {
            Issue.record("saw something where nothing is")
            return
        }
        #expect(error.code == "F101")
        #expect(error.summary.contains("/nonexistent/penstock/bgpd.vty"))
        #expect(!error.fix.isEmpty)
    }

    @Test func everyChangeFailsWithTheSameReason() async throws {
        let address = IPAddress(v4: 0xcb00_710a)
        let results = try await plane().apply([
            .announce(address, Announcement(), by: Speaker.usualName),
            .withdraw(address, by: Speaker.usualName),
        ])
        #expect(results.count == 2)
        for result in results {
            guard case .failure(let fault) = result else {
                Issue.record("a change was acknowledged by nobody")
                continue
            }
            #expect(fault.code == "F101")
        }
    }
}
