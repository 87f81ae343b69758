import Testing

/// A snippet, and the lines of it that a rule finds; none of them for clean code.
struct Example: Sendable, CustomTestStringConvertible {
    let rule: String
    let path: String
    let lines: [Int]
    let text: String

    /// What `rule` finds in `text`, if that is the text of the file at `path`.
    init(
        _ rule: Rule,
        in path: String = "Sources/Core/A.swift",
        finds lines: [Int] = [],
        _ text: String
    ) {
        self.rule = rule.name
        self.path = path
        self.lines = lines
        self.text = text
    }

    var testDescription: String { "\(rule) \(lines): \(text.prefix(60))" }

    /// Every example of every rule.
    static let all = walls + sizes + words + blocks + names + summaries
}

extension Example {
    /// Imports and `unsafe`.
    static let walls = [
        Example(.imports, finds: [2], "import Net\nimport Foundation\n"),
        Example(.imports, in: "Sources/IPVS/A.swift", finds: [1], "package import Core\n"),
        Example(.imports, in: "Sources/Link/A.swift", finds: [1], "import struct FRR.Frame\n"),
        Example(.imports, in: "Sources/API/A.swift", finds: [1], "@preconcurrency import Daemon\n"),
        Example(.imports, in: "Sources/Daemon/A.swift", finds: [1], "import CNetlink\n"),
        Example(.imports, in: "Sources/Newcomer/A.swift", finds: [1], "let a = 1\n"),
        Example(.imports, "package import Net\n// import Glibc\nlet a = \"import Glibc\"\n"),
        Example(.imports, in: "Sources/Netlink/A.swift", "import CNetlink\nimport Glibc\n"),
        Example(.imports, in: "Tests/CoreTests/A.swift", "import Foundation\n"),
        Example(.unsafety, finds: [1], "let a = unsafe f()\n"),
        Example(.unsafety, in: "Sources/FRR/A.swift", finds: [1], "@safe struct A {}\n"),
        Example(.unsafety, in: "Sources/Netlink/A.swift", "@safe struct A { let b = unsafe c }\n"),
        Example(.unsafety, "// unsafe\nlet isSafe = safe\n"),
    ]

    /// Lengths of files, lines and functions.
    static let sizes = [
        Example(.fileLength, finds: [401], String(repeating: "\n", count: 401)),
        Example(.fileLength, String(repeating: "\n", count: 400)),
        Example(.lineLength, finds: [2], "a\n" + String(repeating: "é", count: 101)),
        Example(.lineLength, finds: [1], "// " + String(repeating: "é", count: 98)),
        Example(.lineLength, finds: [1], "a = \"" + String(repeating: "é", count: 98) + "\""),
        Example(
            .lineLength,
            "a = \"\"\"\n" + String(repeating: "é", count: 101) + "\n\"\"\"\n"
        ),
        Example(.lineLength, String(repeating: "é", count: 100)),
        Example(.functionLength, finds: [2], "struct A {\n" + function("func a()", 71) + "}\n"),
        Example(.functionLength, function("func a() throws(B) -> @Sendable () -> C", 70)),
        Example(.functionLength, finds: [1], function("init?(a: B = { 1 }())", 71)),
        Example(.functionLength, finds: [1], function("subscript(a: B) -> C", 71)),
        Example(.functionLength, finds: [1], function("var a: [String: Int]", 71)),
        Example(.functionLength, finds: [1], function("deinit", 71)),
        // Requirements have no body, and a list is no function.
        Example(
            .functionLength,
            "protocol A {\n    func a()\n    var b: C { get }\n}\n"
                + "extension A {" + String(repeating: "\n", count: 80) + "}\n"
        ),
        Example(.functionLength, "let a = [" + String(repeating: "\n", count: 80) + "]\n"),
        Example(.functionLength, "self.init(a)\nif b {" + String(repeating: "\n", count: 80) + "}"),
    ]

    /// A function of so many lines, head and closing brace included.
    private static func function(_ head: String, _ lines: Int) -> String {
        head + " {\n" + String(repeating: "    let a = \"}\"\n", count: lines - 2) + "}\n"
    }

    /// Banned words, marks of unfinished work, chance.
    static let words = [
        Example(.bannedWords, finds: [1], "let a = try? f()\n"),
        Example(.bannedWords, in: "Tests/CoreTests/A.swift", "let a = try? f()\n"),
        Example(.bannedWords, in: "Tests/CoreTests/A.swift", finds: [1], "let a = try! f()\n"),
        Example(.bannedWords, "guard try !a().isEmpty else { return try b() }\n"),
        Example(.bannedWords, in: "Sources/FRR/A.swift", finds: [1], "print (a)\n"),
        Example(.bannedWords, in: "Sources/penstock/Terminal.swift", finds: [1], "print(a)\n"),
        Example(.bannedWords, "output.print(a)\nfunc print(a: B) {}\n// print(\n"),
        Example(.bannedWords, finds: [1], #"let a = "\(try! f())""# + "\n"),
        Example(.bannedWords, in: "Sources/Daemon/A.swift", "let a = Date()\n"),
        Example(.bannedWords, "let date = a.Date(b)\nlet update: Date\n"),
        Example(.clocks, finds: [1, 2], "let a = ContinuousClock.now\nlet b = clock.now\n"),
        Example(.clocks, finds: [1, 2], "let a = ContinuousClock().now\nf(since: .now)\n"),
        Example(.clocks, "let a = scene.now\nlet now = nowhere.nowadays\n"),
        Example(.clocks, in: "Sources/Daemon/A.swift", "let a = clock.now\n"),
        Example(.unfinished, finds: [1, 2], "// FIXME: later\nlet a = 1  // TODO\n"),
        Example(.unfinished, "// A todo list, and XXXL.\nlet a = \"TODO\"\n"),
        Example(.chance, finds: [1, 2], "let a = Int.random(in: b)\nlet c = d.shuffled()\n"),
        Example(.chance, "let a = Int.random(in: f(b), using: &c)\n"),
        Example(.chance, in: "Sources/Daemon/A.swift", "let a = Int.random(in: b)\n"),
    ]
}
