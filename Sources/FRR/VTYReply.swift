/// What the daemon answered to one line: its text and the status behind it.
public struct VTYReply: Hashable, Sendable {
    /// The bytes before the first NUL, as they came.
    public let bytes: [UInt8]
    /// The verdict of the daemon's command parser.
    public let status: VTYStatus

    /// The reply of these bytes and this status.
    public init(bytes: [UInt8], status: VTYStatus) {
        self.bytes = bytes
        self.status = status
    }

    /// The text, with U+FFFD for what is not UTF-8: descriptions may hold any byte.
    public var text: String { String(decoding: bytes, as: UTF8.self) }

    /// The beginning of the text on one line without control characters, fit for an error.
    public var words: String {
        let quoted = bytes.prefix(VTYLimits.quotedBytes).map { byte in
            byte < 0x20 || byte == 0x7f ? UInt8(ascii: " ") : byte
        }
        return String(decoding: quoted, as: UTF8.self)
            .split(separator: " ", omittingEmptySubsequences: true)
            .joined(separator: " ")
    }
}

/// The last byte of a reply: a `CMD_*` number of lib/command.h, the same in Quagga and FRR.
public struct VTYStatus: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
    /// The number on the wire.
    public let rawValue: UInt8

    /// The status with this number; every number is allowed, because the list grows.
    public init(rawValue: UInt8) { self.rawValue = rawValue }

    /// The line was accepted, which for an empty line or a comment means nothing was done.
    public static let success = VTYStatus(rawValue: 0)
    /// "Not done" or "not found"; Quagga and FRR before 4.0 say this of refused configuration too.
    public static let warning = VTYStatus(rawValue: 1)
    /// No such command in this node.
    public static let noMatch = VTYStatus(rawValue: 2)
    /// More than one command begins like this.
    public static let ambiguous = VTYStatus(rawValue: 3)
    /// A command lacks its last words.
    public static let incomplete = VTYStatus(rawValue: 4)
    /// A configuration line was refused (FRR 4.0 and later).
    public static let configurationFailed = VTYStatus(rawValue: 13)

    public var description: String { "\(rawValue)" }
}
