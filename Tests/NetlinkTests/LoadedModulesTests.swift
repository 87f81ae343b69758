import Netlink
import Testing

@Suite struct LoadedModulesTests {
    /// Lines as the lab's kernel (6.1) printed them.
    private static let text = """
        ip_vs_mh 16384 2 - Live 0xffffffffc0a1f000
        ip_vs 212992 13 ip_vs_wlc,ip_vs_wrr,ip_vs_rr,ip_vs_mh, Live 0xffffffffc09d7000
        nf_tables 303104 0 - Live 0xffffffffc0951000

        """

    @Test func areTheFirstWordOfEachLine() {
        let modules = LoadedModules(Self.text)
        for name in ["ip_vs_mh", "ip_vs", "nf_tables"] { #expect(modules.contains(name)) }
        // Used by another, and a beginning of a name: both stand in the text.
        for name in ["ip_vs_wlc", "nf_table", "Live", ""] { #expect(!modules.contains(name)) }
    }

    @Test func doNotHoldWhatIsAPartOfEveryKernel() {
        #expect(!LoadedModules.current().contains("kernel"))
    }
}
