import Core
import Daemon
import Foundation
import Testing

/// What this very process takes, as its kernel says.
@Suite struct OwnFiguresTests {
    @Test func theKernelTells() throws {
        let figures = try #require(ProcessFigures.own)
        #expect(figures.residentBytes > 1 << 20)
        #expect(figures.virtualBytes >= figures.residentBytes)
        #expect(figures.threads >= 1)
        let now = Date().timeIntervalSince1970
        // Not before the kernel began, not in the future; a clock may have been set by a second.
        #expect(figures.startedAt > 0 && figures.startedAt <= now + 1)
        let open = try #require(figures.openFiles)
        let most = try #require(figures.mostFiles)
        #expect(open >= 0 && open <= most)
    }
}
