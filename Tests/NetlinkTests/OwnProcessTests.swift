import Foundation
import Netlink
import Testing

/// What was freed in the midst of a heap does not stay with the process.
@Suite struct OwnProcessTests {
    /// Small enough that the allocator takes it from a heap and not from the kernel.
    private final class Piece {
        private let words = (0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)
    }

    private static func residentPages() throws -> Int {
        let text = try String(contentsOfFile: "/proc/self/statm", encoding: .utf8)
        return try #require(text.split(separator: " ").dropFirst().first.flatMap { Int($0) })
    }

    @Test func givesBackWhatWasFreed() throws {
        var pieces = (0..<400_000).map { _ in Piece() }
        let last = try #require(pieces.last)
        pieces = []
        let before = try Self.residentPages()
        OwnProcess.giveBackFreedMemory()
        let after = try Self.residentPages()
        // Some 60 MiB were freed; a quarter is more than tests beside this one take meanwhile.
        #expect(after < before - 15 * 256)
        withExtendedLifetime(last) {}
    }
}
