public import Net

/// The name of a scheduler: how a service picks the destination of a new connection.
public struct Scheduler: Hashable, Sendable, CustomStringConvertible {
    /// The name as the kernel knows it; its module is `ip_vs_` and this.
    public let name: String

    /// No scheduler: connections are refused, and destinations are added without rebuilding a
    /// table each time.
    public static let none = Scheduler(known: "none")
    /// Maglev hashing, which picks the same destination on every director.
    public static let maglev = Scheduler(known: "mh")
    /// Hashing by source, with a table that any change reshuffles.
    public static let sourceHashing = Scheduler(known: "sh")
    /// One after the other, by weight.
    public static let weightedRoundRobin = Scheduler(known: "wrr")
    /// Fewest connections for its weight.
    public static let weightedLeastConnection = Scheduler(known: "wlc")
    /// One after the other.
    public static let roundRobin = Scheduler(known: "rr")

    private init(known name: String) { self.name = name }

    /// Reads a name of 1 to 15 visible ASCII characters.
    public init(parsing name: String) throws(ParseError) {
        guard Self.isName(name) else {
            throw ParseError(name, "is not the name of a scheduler, such as mh or wlc")
        }
        self.name = name
    }

    /// True for what the kernel can have as the name of a scheduler or a persistence engine.
    static func isName(_ text: String) -> Bool {
        (1...IPVSLimits.nameLength).contains(text.utf8.count)
            && text.utf8.allSatisfy { (0x21...0x7e).contains($0) }
    }

    public var description: String { name }
}
