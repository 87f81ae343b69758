import Netlink
import Testing

@Suite struct KernelFileTests {
    @Test func readsWithoutTheNewline() throws {
        #expect(try KernelFile("/proc/sys/kernel/ostype").text() == "Linux")
        #expect(try KernelFile("/proc/sys/kernel/ostype").bytes() == Array("Linux\n".utf8))
    }

    @Test func saysWhatIsMissing() {
        let path = "/proc/sys/net/no such setting"
        #expect(throws: KernelFile.Failure(attempted: "open", path: path, errno: .noEntry)) {
            _ = try KernelFile(path).text()
        }
    }

    @Test func refusesAFileWithoutAnEnd() {
        let failure = KernelFile.Failure(attempted: "read", path: "/dev/zero", errno: Errno(27))
        #expect(throws: failure) { _ = try KernelFile("/dev/zero").bytes() }
    }

    @Test func writesAndKeepsTheErrno() throws {
        try KernelFile("/dev/null").write("1")
        // A device that is always full stands for a kernel that does not take a value.
        let failure = KernelFile.Failure(attempted: "write", path: "/dev/full", errno: Errno(28))
        #expect(throws: failure) { try KernelFile("/dev/full").write("1") }
    }
}
