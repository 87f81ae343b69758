import Link
import Testing

@Suite struct LinkNameTests {
    @Test(arguments: ["lo", "penstock", "eth0.100", "a-b_c", "exactly15bytes_"])
    func takesWhatTheKernelTakes(text: String) {
        #expect(LinkName(text)?.text == text)
    }

    @Test(arguments: [
        "", ".", "..", "a/b", "a:b", "a b", "a\tb", "dummy%d", "sixteen_bytes_xx", "ä", "a\0b",
        "a\u{7f}",
    ])
    func refusesTheRest(text: String) {
        #expect(LinkName(text) == nil)
    }
}
