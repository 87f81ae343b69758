package import Core
package import Net
import Netlink

/// Where packets for a real server would come from.
package enum ProbeSource: Sendable, Equatable {
    /// From this address of the director.
    case address(IPAddress)
    /// From nowhere: what that says about the server.
    case none(Outcome)

    /// What the kernel chooses for packets to `server`.
    ///
    /// A probe that goes to a VIP must come from what one to the real server would: the kernel
    /// would choose the VIP itself, an address of its own, and the server would answer itself.
    package static func chosen(toward server: IPAddress) -> ProbeSource {
        let bytes: [UInt8]
        do throws(Errno) {
            bytes = try SourceAddress.chosen(toward: Array(server.bytes))
        } catch {
            let fault = SocketFault(errno: error.number)
            let code: Outcome.Code =
                switch fault.meaning {
                case .noConnection: .l4connection
                case .timeout: .l4timeout
                case .local: .socketError
                }
            return .none(Outcome(code, detail: "no way to \(server): \(fault.text)"))
        }
        guard let address = IPAddress(bytes: bytes) else {
            return .none(Outcome(.socketError, detail: "no source address for \(server)"))
        }
        return .address(address)
    }
}
