import Testing

@testable import API

@Suite struct ReadGuardTests {
    private let wall = ReadGuard(names: ["Ams1-Dir-A"])

    @Test(arguments: [
        "127.0.0.1", "127.0.0.1:9477", "10.1.2.3:80", "[::1]", "[::1]:9477", "[2001:db8::1]:80",
        "localhost", "localhost:9477", "LOCALHOST.", "ams1-dir-a", "AMS1-DIR-A:9477", "penstock",
    ])
    func anAddressOrOurOwnNameIsAnswered(host: String) { #expect(wall.isOurs(host)) }

    @Test(arguments: [
        "", "evil.example", "evil.example:9477", "localhost.evil.example", "127.0.0.1.evil.example",
        "ams1-dir-a.evil.example", "[evil.example]", "[::1].evil.example", ":9477", "127.1",
        "0x7f000001", "2130706433", "127.0.0.1@evil.example",
    ])
    func aNameThatSomebodyElseCouldHaveIsNot(host: String) { #expect(!wall.isOurs(host)) }
}
