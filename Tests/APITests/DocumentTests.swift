import API
import Core
import Foundation
import Net
import TestSupport
import Testing

struct ProblemDocumentTests {
    @Test func carriesAFaultThereAndBack() throws {
        let fault = Fault(code: "F101", summary: "gone", because: "ENOENT", fix: "start it")
        let document = ProblemDocument(fault, status: 409, title: "Conflict")
        let json = try JSONEncoder().encode(document)
        let read = try JSONDecoder().decode(ProblemDocument.self, from: json)
        #expect(read == document)
        #expect(read.fault == fault)
        #expect(read.type == "urn:penstock:F101")
    }

    @Test func leavesOutWhatThereIsNot() throws {
        let document = ProblemDocument(
            Fault(code: "D409", summary: "no"),
            status: 404,
            title: "Not Found"
        )
        let json = String(decoding: try JSONEncoder().encode(document), as: UTF8.self)
        #expect(!json.contains("because") && !json.contains("fix") && !json.contains("errors"))
        #expect(document.fault == Fault(code: "D409", summary: "no"))
    }
}

struct UnprintableTests {
    @Test(arguments: [
        ("a", false), ("é", false), ("●", false), (" ", false), ("\u{1B}", true), ("\n", true),
        ("\u{7F}", true), ("\u{9B}", true), ("\u{202E}", true), ("\u{200B}", true),
        ("\u{2028}", true), ("\u{E000}", true),
    ])
    func knowsWhatActsOnATerminal(text: String, isUnprintable: Bool) {
        #expect(text.unicodeScalars.contains(where: \.isUnprintable) == isUnprintable)
    }
}
