/// The options of a rule, in the words of ipvsadm.
enum RuleOption: Hashable, Sendable, CaseIterable {
    case addService, editService, deleteService
    case addServer, editServer, deleteServer
    case clear, zero, set
    case tcpService, udpService, sctpService, markService, ipv6
    case scheduler, schedulerFlags, persistent, netmask, engine, onePacket
    case realServer, gatewaying, tunnelling, masquerading
    case tunnelType, tunnelPort, noChecksum, checksum, remoteChecksum
    case weight, upperThreshold, lowerThreshold
    case startDaemon, stopDaemon
    case daemonInterface, daemonIdentifier, daemonLength, daemonGroup, daemonPort, daemonTTL
    /// Says how ports are printed; `ipvsadm -S -n` needs it, and some files have it everywhere.
    case numeric

    /// Whether it has a value.
    enum Argument: Hashable, Sendable {
        case none, required, optional
    }

    /// The letter after one dash, if it has one.
    var letter: UInt8? {
        switch self {
        case .addService: UInt8(ascii: "A")
        case .editService: UInt8(ascii: "E")
        case .deleteService: UInt8(ascii: "D")
        case .addServer: UInt8(ascii: "a")
        case .editServer: UInt8(ascii: "e")
        case .deleteServer: UInt8(ascii: "d")
        case .clear: UInt8(ascii: "C")
        case .zero: UInt8(ascii: "Z")
        case .tcpService: UInt8(ascii: "t")
        case .udpService: UInt8(ascii: "u")
        case .markService: UInt8(ascii: "f")
        case .ipv6: UInt8(ascii: "6")
        case .scheduler: UInt8(ascii: "s")
        case .schedulerFlags: UInt8(ascii: "b")
        case .persistent: UInt8(ascii: "p")
        case .netmask: UInt8(ascii: "M")
        case .onePacket: UInt8(ascii: "o")
        case .realServer: UInt8(ascii: "r")
        case .gatewaying: UInt8(ascii: "g")
        case .tunnelling: UInt8(ascii: "i")
        case .masquerading: UInt8(ascii: "m")
        case .weight: UInt8(ascii: "w")
        case .upperThreshold: UInt8(ascii: "x")
        case .lowerThreshold: UInt8(ascii: "y")
        case .numeric: UInt8(ascii: "n")
        case .set, .sctpService, .engine, .tunnelType, .tunnelPort, .noChecksum, .checksum,
            .remoteChecksum, .startDaemon, .stopDaemon, .daemonInterface, .daemonIdentifier,
            .daemonLength, .daemonGroup, .daemonPort, .daemonTTL:
            nil
        }
    }

    /// The word after two dashes.
    var word: String {
        switch self {
        case .addService: "add-service"
        case .editService: "edit-service"
        case .deleteService: "delete-service"
        case .addServer: "add-server"
        case .editServer: "edit-server"
        case .deleteServer: "delete-server"
        case .clear: "clear"
        case .zero: "zero"
        case .set: "set"
        case .tcpService: "tcp-service"
        case .udpService: "udp-service"
        case .sctpService: "sctp-service"
        case .markService: "fwmark-service"
        case .ipv6: "ipv6"
        case .scheduler: "scheduler"
        case .schedulerFlags: "sched-flags"
        case .persistent: "persistent"
        case .netmask: "netmask"
        case .engine: "pe"
        case .onePacket: "ops"
        case .realServer: "real-server"
        case .gatewaying: "gatewaying"
        case .tunnelling: "ipip"
        case .masquerading: "masquerading"
        case .tunnelType: "tun-type"
        case .tunnelPort: "tun-port"
        case .noChecksum: "tun-nocsum"
        case .checksum: "tun-csum"
        case .remoteChecksum: "tun-remcsum"
        case .weight: "weight"
        case .upperThreshold: "u-threshold"
        case .lowerThreshold: "l-threshold"
        case .startDaemon: "start-daemon"
        case .stopDaemon: "stop-daemon"
        case .daemonInterface: "mcast-interface"
        case .daemonIdentifier: "syncid"
        case .daemonLength: "sync-maxlen"
        case .daemonGroup: "mcast-group"
        case .daemonPort: "mcast-port"
        case .daemonTTL: "mcast-ttl"
        case .numeric: "numeric"
        }
    }

    /// Whether it has a value.
    var argument: Argument {
        switch self {
        case .tcpService, .udpService, .sctpService, .markService, .scheduler, .schedulerFlags,
            .netmask, .engine, .realServer, .tunnelType, .tunnelPort, .weight, .upperThreshold,
            .lowerThreshold, .startDaemon, .stopDaemon, .daemonInterface, .daemonIdentifier,
            .daemonLength, .daemonGroup, .daemonPort, .daemonTTL:
            .required
        case .persistent: .optional
        case .addService, .editService, .deleteService, .addServer, .editServer, .deleteServer,
            .clear, .zero, .set, .ipv6, .onePacket, .gatewaying, .tunnelling, .masquerading,
            .noChecksum, .checksum, .remoteChecksum, .numeric:
            .none
        }
    }

    /// Of options in the same group a rule has one at most.
    var group: Self {
        switch self {
        case .addService, .editService, .deleteService, .addServer, .editServer, .deleteServer,
            .clear, .zero, .set, .startDaemon, .stopDaemon:
            .addService
        case .tcpService, .udpService, .sctpService, .markService: .tcpService
        case .gatewaying, .tunnelling, .masquerading: .gatewaying
        case .noChecksum, .checksum, .remoteChecksum: .noChecksum
        case .ipv6, .scheduler, .schedulerFlags, .persistent, .netmask, .engine, .onePacket,
            .realServer, .tunnelType, .tunnelPort, .weight, .upperThreshold, .lowerThreshold,
            .daemonInterface, .daemonIdentifier, .daemonLength, .daemonGroup, .daemonPort,
            .daemonTTL, .numeric:
            self
        }
    }

    /// Whether it says what is to be done, which the first option of a rule does.
    var isCommand: Bool { group == .addService }

    /// Whether a rule with this command may have `option` besides.
    func allows(_ option: Self) -> Bool {
        switch option.group {
        case .numeric: true
        case .tcpService, .ipv6:
            switch self {
            case .clear, .set, .startDaemon, .stopDaemon: false
            default: true
            }
        case .scheduler, .schedulerFlags, .persistent, .netmask, .engine, .onePacket:
            self == .addService || self == .editService
        case .realServer: self == .addServer || self == .editServer || self == .deleteServer
        case .gatewaying, .noChecksum, .tunnelType, .tunnelPort, .weight, .upperThreshold,
            .lowerThreshold:
            self == .addServer || self == .editServer
        case .daemonInterface, .daemonIdentifier, .daemonLength, .daemonGroup, .daemonPort,
            .daemonTTL:
            self == .startDaemon
        default: false
        }
    }

    /// The option as it is named in a message.
    var name: String {
        guard let letter else { return "--\(word)" }
        return "-\(Character(UnicodeScalar(letter)))"
    }

    /// The option with this letter.
    init?(letter: UInt8) {
        guard Self.byLetter.indices.contains(Int(letter)), let option = Self.byLetter[Int(letter)]
        else { return nil }
        self = option
    }

    /// The option with this word.
    init?(word: String) {
        guard let option = Self.byWord[word] else { return nil }
        self = option
    }

    // Every word of a file is looked up, and files have ten thousands of lines.
    private static let byLetter: [Self?] = (UInt8(0)...127).map { letter in
        allCases.first { $0.letter == letter }
    }
    private static let byWord = Dictionary(uniqueKeysWithValues: allCases.map { ($0.word, $0) })
}
