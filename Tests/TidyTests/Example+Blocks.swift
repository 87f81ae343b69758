extension Example {
    /// Promises, streams, caught errors, loops and machines.
    static let blocks = [
        Example(.uncheckedSendable, finds: [2], "\nfinal class A: @unchecked Sendable {}\n"),
        Example(.uncheckedSendable, "// The queue serialises.\nclass A: @unchecked Sendable {}\n"),
        Example(.unboundedStreams, finds: [1], "let a = AsyncStream<Void>.makeStream()\n"),
        Example(.unboundedStreams, finds: [1], "let a = AsyncStream(B.self) { c }\n"),
        Example(.unboundedStreams, finds: [1], "let a = AsyncThrowingStream<B, C> { d }\n"),
        Example(
            .unboundedStreams,
            """
            let a = AsyncStream<Void>.makeStream(bufferingPolicy: .bufferingNewest(1))
            let b: AsyncStream<() -> Void>.Continuation
            let c = AsyncStream(unfolding: d)
            func e() -> AsyncStream<Void> { f }

            """
        ),
        Example(.unboundedStreams, in: "Tests/ATests/A.swift", "let a = AsyncStream { b }\n"),
        Example(.emptyCatch, finds: [1], "do { try a() } catch {}\n"),
        Example(.emptyCatch, finds: [3], "do {\n    try a()\n} catch is B {\n\n}\n"),
        Example(
            .emptyCatch,
            "do { try a() } catch { b(error) }\ndo { try c() } catch {\n    // Gone already.\n}\n"
        ),
        Example(.endlessLoops, finds: [2], "\nwhile true {\n    a()\n}\n"),
        Example(.endlessLoops, "// Ends when the socket closes.\nwhile true { a() }\n"),
        Example(.endlessLoops, "while true {\n    // Until it throws.\n    try a()\n}\n"),
        Example(.endlessLoops, "while isOpen { a() }\n"),
        Example(
            .machines,
            in: "Sources/Core/AMachine.swift",
            finds: [2, 4],
            "switch a {\ndefault: b\n}\nawait c()\n"
        ),
        Example(.machines, in: "Sources/Core/AMachine.swift", "switch a {\ncase .b: c\n}\n"),
        Example(.machines, in: "Sources/Core/A.swift", "switch a {\ndefault: b\n}\n"),
    ]

    /// Names of types, and what an effect declares.
    static let names = [
        Example(.typeNames, finds: [1, 2], "struct AManager {}\nenum B { actor CHandler {} }\n"),
        Example(.typeNames, in: "Tests/ATests/A.swift", finds: [1], "enum TestUtils {}\n"),
        Example(
            .typeNames,
            "struct Management {}\nlet a: ChannelHandler\nclass func aHelper() {}\n"
        ),
        Example(.effects, finds: [1], "enum Action { case a }\n"),
        Example(.effects, finds: [1], "package enum Change: Equatable { case a }\n"),
        Example(.effects, "package enum Change: Hashable, Sendable { case a }\n"),
    ]

    /// Summaries of what crosses a target.
    static let summaries = [
        Example(.summaries, finds: [1], "package struct A {}\n"),
        Example(.summaries, finds: [1], "package init(from text: String) {}\n"),
        Example(.summaries, finds: [1, 2], "package let a: Int\npackage var b: Int\n"),
        Example(
            .summaries,
            finds: [3],
            "/// The first.\npackage let a: Int\npackage var b: Int { a }\n"
        ),
        Example(.summaries, finds: [2], "// Not a summary.\npublic static func a() {}\n"),
        Example(.summaries, finds: [2], "/// No sentence\npackage let a = 1\n"),
        Example(.summaries, finds: [2], "/// One. Two.\npackage init() {}\n"),
        Example(.summaries, finds: [4], "/// The first.\npackage let a = 1\n\npackage let b = 2\n"),
        Example(.summaries, finds: [1], "package extension A {\n    func b() {}\n}\n"),
        Example(.summaries, finds: [3], "/// A.\npackage protocol B {\n    func c(d: E)\n}\n"),
        Example(.summaries, finds: [1], "package static func + (a: A, b: A) -> A { a }\n"),
        Example(
            .summaries,
            """
            /// What it is, e.g. FRR's own.
            ///
            /// More about it. And more.
            @frozen
            package struct A: Comparable {
                /// How many: 1 or more.
                package private(set) var b = 1
                package static func < (left: Self, right: Self) -> Bool { left.b < right.b }
                package var description: String { "" }
                package override func d() {}
                package init?(rawValue: Int) { nil }
                package init(from decoder: any Decoder) throws {}
                package init(integerLiteral value: Int) {}
                /// The first and the last.
                package let first: Int
                package let last: Int
                let e = f(package: 1, public: 2)
            }
            package import Net
            /// What can be asked.
            package protocol G {
                /// The answer.
                var h: Int { get }
            }

            """
        ),
        Example(.summaries, in: "Tests/Support/A.swift", "package struct A {}\n"),
        // A witness is free where its protocol is, and nowhere else.
        Example(.summaries, "/// A.\npackage actor B: Plane {\n    package func apply() {}\n}\n"),
        Example(
            .summaries,
            finds: [3],
            "/// A.\npackage struct B: C, LogHandler {\n    package func observe() {}\n"
                + "    package var logLevel: D { e }\n}\n"
        ),
        Example(.summaries, finds: [2], "func a(_ b: any Plane) {}\npackage func watch() {}\n"),
        Example(
            .summaries,
            finds: [3],
            "/// A.\npackage protocol Plane: B {\n    func observe() -> C\n}\n"
        ),
    ]
}
