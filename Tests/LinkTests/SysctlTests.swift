import Foundation
import Link
import Net
import Netlink
import Testing

@Suite struct SysctlTests {
    private func settings(_ links: String...) -> [Sysctl] {
        Sysctl.director(ingress: links.compactMap { LinkName($0) })
    }

    @Test func namesWhatADirectorNeeds() {
        let table = settings("eth1", "eth0.100")
        let always = table.filter { $0.use == .always }
        #expect(
            always.filter(\.isNeeded).map(\.name) == [
                "net.ipv4.vs.expire_nodest_conn",
                "net.ipv4.vs.schedule_icmp",
                "net.ipv4.vs.sloppy_tcp",
                "net.ipv4.conf.eth0/100.rp_filter",
                "net.ipv4.conf.eth1.rp_filter",
            ]
        )
        #expect(
            always.filter { !$0.isNeeded && !$0.accepted.isEmpty }.map(\.name) == [
                "net.ipv4.vs.backup_only",
                "net.ipv4.vs.expire_quiescent_template",
            ]
        )
        #expect(always.allSatisfy { $0.accepted.isEmpty == $0.reason.isEmpty })
    }

    /// What only some directors need: what it is to be, and whether it holds announcements back.
    @Test(arguments: [
        (
            Sysctl.Use.masquerading,
            [
                "net.ipv4.vs.nat_icmp_send 0 needed", "net.ipv4.ip_forward 1 needed",
                "net.ipv6.conf.all.forwarding 1 or 2 needed",
                "net.ipv4.vs.snat_reroute 1 advised",
            ]
        ),
        (.sourceNAT, ["net.ipv4.vs.conntrack 1 needed"]),
        (.noSourceNAT, ["net.ipv4.vs.conntrack 0 advised"]),
        (.tunnelling, ["net.ipv4.vs.pmtu_disc 1 advised"]),
        (.sctp, ["net.ipv4.vs.sloppy_sctp 1 advised"]),
        (.checkPaths, ["net.ipv4.vs.conn_reuse_mode 1 or 2 or 3 needed"]),
        (.directCheckPaths, ["net.ipv4.conf.eth0.accept_local 1 needed"]),
    ])
    func namesWhatOnlySomeNeed(use: Sysctl.Use, expected: [String]) {
        let seen = settings("eth0").filter { $0.use == use }
            .map { "\($0.name) \($0.wanted) \($0.isNeeded ? "needed" : "advised")" }
        #expect(seen == expected)
    }

    /// No director can be asked for two numbers of one setting.
    @Test func namesASettingOnceForEachUse() {
        let table = settings("eth0")
        for hasSourceNAT in [true, false] {
            let uses = Set(Sysctl.Use.allCases)
                .subtracting([hasSourceNAT ? .noSourceNAT : .sourceNAT])
            let names = table.filter { uses.contains($0.use) }.map(\.name)
            #expect(Set(names).count == names.count)
        }
    }

    @Test func aSettingThatIsOnlyReadIsNeverWrong() throws {
        try withFiles(["7"]) { files in
            let setting = Sysctl("x", files: files, accepted: [], isNeeded: false, reason: "")
            let before = try setting.set()
            #expect(before.isRight && before.actual == 7)
            let after = try setting.wanting(3).set()
            #expect(after.isRight && after.actual == 3)
        }
    }

    @Test func findsTheFileOfALinkWithADot() {
        let setting = settings("eth0.100").first { $0.name.hasSuffix("rp_filter") }
        #expect(
            setting?.files.map(\.path) == [
                "/proc/sys/net/ipv4/conf/all/rp_filter",
                "/proc/sys/net/ipv4/conf/eth0.100/rp_filter",
            ]
        )
        #expect(setting?.wanted == "2 or 0")
        #expect(setting?.families == [.v4])
    }

    @Test func readsTheKernelsOwn() throws {
        // Every kernel with IPv4 has this one, for the loopback as well.
        let setting = try #require(settings("lo").first { $0.name.hasSuffix("rp_filter") })
        let actual = try #require(try setting.read().actual)
        #expect((0...2).contains(actual))
    }

    /// The greater number counts: strict is only 1 together with 0 or 1.
    @Test(arguments: [
        ("0", "0", 0, true), ("1", "0", 1, false), ("0", "1", 1, false), ("1", "1", 1, false),
        ("2", "1", 2, true), ("1", "2", 2, true),
    ])
    func goesByTheGreater(all: String, link: String, actual: Int, isRight: Bool) throws {
        try withFiles([all, link]) { files in
            let setting = Sysctl("x", files: files, accepted: [2, 0], isNeeded: true, reason: "")
            let reading = try setting.read()
            #expect(reading.actual == actual)
            #expect(reading.isRight == isRight)
            let after = try setting.set()
            #expect(after.isRight)
            // What is right already is not written.
            #expect(try files[1].text() == (isRight ? link : "2"))
            #expect(try files[0].text() == all)
        }
    }

    @Test func isNotWrongWhereTheKernelDoesNotHaveIt() throws {
        let file = KernelFile("/proc/sys/net/ipv4/no such setting")
        let setting = Sysctl("x", files: [file], accepted: [1], isNeeded: true, reason: "")
        #expect(try setting.read() == .init(setting: setting, actual: nil))
        #expect(try setting.set().isRight)
    }

    @Test func saysWhatItCouldNotRead() throws {
        try withFiles(["many"]) { files in
            let setting = Sysctl("x.y", files: files, accepted: [1], isNeeded: true, reason: "")
            let expected = LinkError(attempted: "read x.y", reason: .notANumber("many"))
            #expect(throws: expected) { _ = try setting.read() }
        }
    }

    @Test(arguments: [
        (Errno.readOnly, "LXC"), (.accessDenied, "root"), (.noEntry, "modprobe"),
        (.invalid, "sysctl -w"),
    ])
    func tellsWhatToDo(errno: Errno, words: String) {
        let failure = KernelFile.Failure(attempted: "write", path: "/proc/sys/x", errno: errno)
        let error = LinkError(attempted: "set x to 1", reason: .file(failure))
        #expect(error.fix.contains(words))
        #expect("\(error)".hasPrefix("cannot set x to 1 (\(errno) on write of /proc/sys/x); fix: "))
    }

    /// Files with these contents, as long as `body` runs.
    private func withFiles(_ contents: [String], _ body: ([KernelFile]) throws -> Void) throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: false)
        let files = try contents.enumerated().map { index, content in
            let file = folder.appending(path: "\(index)")
            try Data("\(content)\n".utf8).write(to: file)
            return KernelFile(file.path)
        }
        try body(files)
        try FileManager.default.removeItem(at: folder)
    }
}
