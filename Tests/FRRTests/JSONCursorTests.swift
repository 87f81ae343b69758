import Net
import TestSupport
import Testing

@testable import FRR

/// JSON in one pass: strict about what is looked at, indifferent to the rest.
@Suite struct JSONCursorTests {
    /// The value behind `wanted`, with everything else skipped.
    private static func integer(_ wanted: String, in text: String) throws -> Int? {
        var cursor = JSONCursor(Array(text.utf8))
        var found: Int?
        try cursor.object { (cursor, key) throws(JSONFault) in
            if cursor.isText(key, wanted) {
                found = try cursor.integer()
            } else {
                try cursor.skip()
            }
        }
        try cursor.end()
        return found
    }

    @Test func skipsWhatNobodyAskedFor() throws {
        let text = #"""
             {"a":[1,-2.5e+3,{"b":null,"c":[]}],"t":true,"f":false,"s":"\"]}\\","n" : 42,"z":{} }
            """#
        #expect(try Self.integer("n", in: text) == 42)
        #expect(try Self.integer("missing", in: text) == nil)
    }

    @Test(arguments: [
        "", "{", "{}x", "{} {}", "[]", #"{"n"}"#, #"{"n":}"#, #"{"n":1,}"#, #"{"n":1 "m":2}"#,
        #"{"n":1.5}"#, #"{"n":99999999999999999999}"#, #"{"n":"1"}"#, #"{"x":tru}"#,
        #"{"x":nul"#, #"{"x":"a"#, #"{"x":"\"#, "{\"x\":\"a\nb\"}", #"{n:1}"#, #"{"x":-}"#,
        #"{"x":[1 2]}"#, #"{"x":[1,]}"#, "\u{0}",
    ])
    func refusesWhatIsNoJSON(text: String) {
        #expect(throws: JSONFault.self) { try Self.integer("n", in: text) }
    }

    @Test func boundsTheDepth() throws {
        func nested(_ depth: Int) -> String {
            #"{"x":"#
                + String(repeating: "[", count: depth) + String(repeating: "]", count: depth) + "}"
        }
        #expect(try Self.integer("n", in: nested(JSONCursor.deepest - 1)) == nil)
        #expect(throws: JSONFault.self) {
            try Self.integer("n", in: nested(JSONCursor.deepest))
        }
        #expect(throws: JSONFault.self) { try Self.integer("n", in: nested(1_000_000)) }
    }

    @Test(arguments: [
        (#""plain""#, "plain"), (#""a\/b\\\"""#, #"a/b\""#), (#""\u0041\n\t""#, "A\n\t"),
        (#""\ud800x""#, "\u{fffd}x"), (#""\u00""#, "\u{fffd}"), ("\"\u{fc}\"", "\u{fc}"),
    ])
    func resolvesEscapes(json: String, plain: String) throws {
        var cursor = JSONCursor(Array(json.utf8))
        #expect(try cursor.string() == plain)
    }

    /// A host name may hold bytes that no UTF-8 has.
    @Test func toleratesOtherBytes() throws {
        var cursor = JSONCursor([0x22, 0xff, 0x22])
        #expect(try cursor.string() == "\u{fffd}")
    }

    @Test(arguments: UInt64(0)..<20)
    func survivesRandomBytes(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let marks = Array(#"{}[]",:\u0123e-+.tfn \#n"#.utf8)
        for _ in 0..<2_000 {
            let bytes = (0..<Int.random(in: 0...40, using: &random)).map { _ in
                marks.randomElement(using: &random) ?? 0
            }
            // Either way is fine; a trap or an endless loop is not.
            var cursor = JSONCursor(bytes)
            try? cursor.skip()
            _ = try? BGPJSON.read(BGPAdvertised.self, bytes)
        }
    }
}

/// Prefixes straight from bytes: exactly those that `Prefix` reads, but for bare addresses.
@Suite struct PrefixTextTests {
    private static func read(_ text: String) -> Prefix? { PrefixText.read(Array(text.utf8)[...]) }

    @Test(arguments: UInt64(0)..<10)
    func readsWhatIsPrinted(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        for _ in 0..<500 {
            let address =
                Bool.random(using: &random)
                ? IPAddress(v4: UInt32.random(in: .min ... .max, using: &random))
                : IPAddress(v6: UInt128.random(in: .min ... .max, using: &random))
            let width = address.family.bitWidth
            let prefix = try #require(
                Prefix(address, length: Int.random(in: 0...width, using: &random))
            )
            #expect(Self.read("\(prefix)") == prefix, "\(prefix)")
        }
    }

    @Test(arguments: [
        "", "/", "/32", "10.0.0.1", "10.0.0.1/", "10.0.0.1/33", "10.0.0.1/0032", "10.0.0.1/-1",
        "10.0.0.01/32", "10.0.0.256/32", "10.0.0/24", "10.0.0.0.0/24", "10..0.1/32", "10.0.0.1/24",
        "10.0.0.x/32", ".10.0.0/8", "10.0.0./32", "::1/129", "2001:db8::1/32", "fe80::1%eth0/64",
    ])
    func refusesTheRest(text: String) {
        #expect(Self.read(text) == nil)
    }
}
