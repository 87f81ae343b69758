/// What a server says to one probe, as far as it has come, and what follows from it.
///
/// One per kind of check. Its bytes are hostile: each bounds what it reads and what it keeps, and
/// how a stream was cut into pieces never changes the result.
protocol Answer: Sendable {
    /// Whether any of it came.
    var isStarted: Bool { get }
    /// The next piece came: of a stream, or one whole datagram.
    mutating func read(_ piece: ArraySlice<UInt8>) -> Exchange.Step
    /// No more will come.
    mutating func end() -> Exchange.Judgement
}
