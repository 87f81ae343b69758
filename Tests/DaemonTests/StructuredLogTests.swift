import Core
import Daemon
import Logging
import Synchronization
import Testing

/// One event is one line in every format, whatever its values hold.
@Suite struct StructuredLogTests {
    private final class Lines: Sendable {
        let all = Mutex<[String]>([])
    }

    private func line(
        _ format: LogFormat,
        _ message: Logger.Message,
        _ metadata: Logger.Metadata
    ) -> String? {
        let lines = Lines()
        let log = StructuredLog(
            format: format,
            level: .info,
            now: { Timestamp(milliseconds: 1_762_675_964_250) },
            write: { line in lines.all.withLock { $0.append(line) } }
        )
        let logger = Logger(label: "test") { _ in log }
        logger.debug("not shown")
        logger.warning(message, metadata: metadata)
        let written = lines.all.withLock { $0 }
        return written.count == 1 ? written.first : nil
    }

    @Test func writesEachFormat() {
        let metadata: Logger.Metadata = ["vip": "web", "event": "vip", "monotonic_ns": "42"]
        #expect(
            line(.text, "withdrawn: quorum lost", metadata)
                == "08:12:44.250 ! withdrawn: quorum lost vip=web\n"
        )
        #expect(
            line(.logfmt, "withdrawn: quorum lost", metadata)
                == "ts=2025-11-09T08:12:44.250Z level=warning msg=\"withdrawn: quorum lost\" "
                + "event=vip monotonic_ns=42 vip=web\n"
        )
        #expect(
            line(.json, "withdrawn", metadata)
                == "{\"ts\":\"2025-11-09T08:12:44.250Z\",\"level\":\"warning\","
                + "\"msg\":\"withdrawn\",\"event\":\"vip\",\"monotonic_ns\":\"42\","
                + "\"vip\":\"web\"}\n"
        )
    }

    @Test(arguments: LogFormat.allCases)
    func hostileValuesStayOneLine(format: LogFormat) throws {
        let hostile = "a\nts=0 level=info\r\u{1b}[2J\"\\\u{7f}"
        let line = try #require(self.line(format, "\(hostile)", ["detail": "\(hostile)"]))
        #expect(line.filter { $0 == "\n" }.count == 1)
        #expect(line.hasSuffix("\n"))
        #expect(!line.unicodeScalars.contains("\u{1b}"))
        #expect(!line.unicodeScalars.contains("\u{7f}"))
    }
}
