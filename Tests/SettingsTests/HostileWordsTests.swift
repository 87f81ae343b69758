import Core
import Settings
import Testing

/// Words that would be commands at a VTY: refused, or never part of what is said to bgpd.
///
/// What reaches a routing daemon is made of the values that are looked at here: speakers, prefixes,
/// and what a route says. Names and notes for people are beside them, never among them.
@Suite struct HostileWordsTests {
    private static let order = "no router bgp 65001"
    private static let hostile = [
        "a\\nexit\\n\(order)", "a\\r\(order)", "a; \(order)", "a \(order)", "a\\0\(order)",
        "a\\u2028\(order)", "a | \(order)", "a\\t\(order)",
    ]

    /// Where a word can stand, with `%` in its place.
    private static let places = [
        ("bgp:\n", "bgp:\n  vrf: %\n"), ("bgp:\n", "bgp:\n  vty-socket: %\n"),
        ("bgp:\n", "bgp:\n  method: %\n"), ("bgp:\n", "bgp:\n  pipeline: %\n"),
        ("bgp:\n", "bgp:\n  communities: [%]\n"), ("bgp:\n", "bgp:\n  large-communities: [%]\n"),
        ("bgp:\n", "bgp:\n  speakers: [{ name: % }]\n"),
        ("bgp:\n", "bgp:\n  speakers: [{ name: a, vrf: % }]\n"),
        ("- name: web", "- name: %"), ("203.0.113.10\n", "%\n"),
        ("203.0.113.10\n", "203.0.113.10\n    advertise: { speaker: % }\n"),
        ("203.0.113.10\n", "203.0.113.10\n    advertise: { communities: [%] }\n"),
        ("203.0.113.10\n", "203.0.113.10\n    advertise: { med: % }\n"),
        ("{ name: https,", "{ name: %,"),
        ("[10.20.0.11, ", "[{ address: 10.20.0.11, note: % }, "),
        ("version: 1\n", "version: 1\nnode: { name: % }\n"),
        ("version: 1\n", "version: 1\nnode: { labels: { site: % } }\n"),
        ("version: 1\n", "version: 1\ndrain: { announce: % }\n"),
        ("version: 1\n", "version: 1\ndrain: { file: % }\n"),
    ]

    @Test(arguments: places, hostile)
    func neverReachARoutingDaemon(place: (String, String), word: String) throws {
        let line = place.1.replacing("%", with: "\"\(word)\"")
        let text = Sample.replacing(place.0, with: line)
        let intent: Intent
        do throws(Rejection) {
            intent = try Sample.load(text).intent
        } catch {
            return
        }
        // Notes and labels are for people and may say anything printable.
        let spoken =
            "\(intent.bgp)"
            + intent.vips.map { "\($0.prefix) \($0.speaker) \($0.attributes)" }.joined()
            + "\(intent.drain.announce)"
        #expect(!spoken.contains(Self.order))
        #expect(!spoken.contains("exit"))
    }

    @Test func someOfThemAreTakenAsNotes() throws {
        let text = Sample.replacing(
            "[10.20.0.11, ",
            with: "[{ address: 10.20.0.11, note: \"a; \(Self.order)\" }, "
        )
        let note = try Sample.load(text).intent.vips.first?.services.first?.backends.first?.note
        #expect(note == "a; \(Self.order)")
    }
}
