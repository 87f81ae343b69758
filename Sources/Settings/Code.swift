/// The kinds of problem a configuration can have.
///
/// A code is never used again for another meaning. C1xx: the file is not of the right form;
/// C2xx: it is, but what it asks for cannot work.
package enum Code: String, Hashable, Sendable, CaseIterable {
    case unreadable = "C100"
    case empty = "C101"
    case limit = "C102"
    case notText = "C103"
    case syntax = "C104"
    case severalDocuments = "C105"
    case duplicateKey = "C106"
    case shape = "C107"
    case missing = "C108"
    case version = "C109"
    case unknownKey = "C110"
    case keyOfLater = "C111"
    case unknownWord = "C112"
    case duration = "C114"
    case number = "C115"
    case name = "C116"
    case text = "C117"
    case together = "C118"
    case permissions = "C120"

    case duplicateName = "C201"
    case quorumUnreachable = "C202"
    case quorumOrder = "C203"
    case notAddress = "C204"
    case duplicateVIP = "C205"
    case duplicateListen = "C206"
    case notOwned = "C207"
    case notHost = "C208"
    case unusableAddress = "C209"
    case duplicateBackend = "C210"
    case backendIsVIP = "C211"
    case family = "C212"
    case otherPort = "C213"
    case foreignFlag = "C214"
    case onePacket = "C215"
    case checkTiming = "C216"
    case nothingGates = "C217"
    case unknownReference = "C218"
    case unused = "C219"
    case ownedPrefix = "C220"
    case slowStart = "C221"
    case duplicateCheck = "C222"
    case noChecks = "C223"
    case quorumDrained = "C224"
    case drainTiming = "C225"
    case sameSpeaker = "C226"
    case attributeMethod = "C227"
    case community = "C228"
    case communityEffect = "C229"
    case softPath = "C230"
    case bandwidth = "C231"
    case routeProtocol = "C232"
    case damping = "C233"
    case kernelRouteSpeaker = "C234"
    case canary = "C240"
    case checkMark = "C241"
    case checkPath = "C242"

    /// Whether it is about a place in the text, not about the file as a whole.
    var hasPlace: Bool {
        switch self {
        case .unreadable, .empty, .permissions: false
        default: true
        }
    }
}

extension Code: CustomStringConvertible {
    package var description: String { rawValue }
}
