package import Core
internal import Net

// The faults of the control socket, on both of its ends. Codes are never used again for another
// meaning.

extension Fault {
    /// Another daemon answers on the socket we were about to make.
    package static func alreadyRunning(_ path: String) -> Fault {
        Fault(
            code: "D401",
            summary: "penstock already runs here",
            because: "something answers on \(path)",
            fix: "systemctl status penstock"
        )
    }

    /// Nobody answers on the socket.
    package static func notRunning(_ path: String, because: String) -> Fault {
        Fault(
            code: "D402",
            summary: "penstock is not running",
            because: "\(path): \(because)",
            fix: "systemctl start penstock"
        )
    }

    /// Nobody answers over TCP.
    static func notAnswering(_ place: String, because: String) -> Fault {
        Fault(
            code: "D402",
            summary: "no penstock answers at \(place)",
            because: because,
            fix: "does it run there, and does control.http name an address you can reach?"
        )
    }

    /// The file permissions of the socket keep us out.
    package static func socketForbidden(_ path: String) -> Fault {
        Fault(
            code: "D403",
            summary: "not allowed to talk to penstock",
            because: "\(path): permission denied",
            fix: "use sudo, or: usermod -aG penstock $USER, and log in again"
        )
    }

    /// The caller may look but not change anything.
    static func mayNotWrite(_ caller: Caller?) -> Fault {
        Fault(
            code: "D403",
            summary: "not allowed to change anything here",
            because: caller.map {
                "user \($0.uid) is neither root, nor the daemon's own user, nor in "
                    + "the group of the control socket"
            }
                ?? "the kernel did not say who is asking",
            fix: "use sudo, or: usermod -aG penstock $USER, and log in again"
        )
    }

    /// There is no such VIP.
    static func noSuchVIP(
        _ name: String,
        among names: [String],
        kept: KeptDrainStatus? = nil
    ) -> Fault {
        if let kept {
            let reason = kept.reason.isEmpty ? "" : ": \(kept.reason)"
            return Fault(
                code: "D404",
                summary: "\(name) is not in the configuration",
                because: "its drain is kept for when it is back, by \(kept.by) since "
                    + "\(kept.since)\(reason)",
                fix: "penstock undrain \(kept.name)"
            )
        }
        return Fault(
            code: "D404",
            summary: "there is no VIP \(name)",
            because: names.isEmpty
                ? "no VIP is configured" : "there are \(names.prefix(10).joined(separator: ", "))",
            fix: "penstock status"
        )
    }

    /// There is nothing under way that goes by this.
    static func noSuchOperation(_ id: String) -> Fault {
        Fault(
            code: "D404",
            summary: "there is no operation \(id)",
            because: "there are drain, and drain-VIP for each VIP",
            fix: "GET /v1/operations/drain"
        )
    }

    /// There is no such real server.
    static func noSuchBackend(_ name: String, among names: [String]) -> Fault {
        Fault(
            code: "D404",
            summary: "there is no real server \(name)",
            because: names.isEmpty
                ? "no real server is configured"
                : "there are \(names.prefix(10).joined(separator: ", "))",
            fix: "penstock status -o wide"
        )
    }

    /// There is nothing at this path.
    static func noSuchPath(_ method: String, _ path: String) -> Fault {
        Fault(code: "D409", summary: "there is no \(method) \(path)", fix: "GET /v1/status")
    }

    /// The path exists and cannot be used this way.
    static func methodNotAllowed(_ method: String, _ path: String, allowed: String) -> Fault {
        Fault(
            code: "D405",
            summary: "\(path) does not take \(method)",
            because: "it takes \(allowed)"
        )
    }

    /// The request's body is not what belongs there.
    static func notUnderstood(_ because: String, fix: String) -> Fault {
        Fault(code: "D406", summary: "the request was not understood", because: because, fix: fix)
    }

    /// The request's body is larger than anything that belongs there.
    static func bodyTooLarge(limit: Int) -> Fault {
        Fault(
            code: "D407",
            summary: "the request's body is too large",
            because: "it has more than \(limit) bytes"
        )
    }

    /// The daemon did not do it in time.
    static func tookTooLong(_ limit: Duration) -> Fault {
        Fault(
            code: "D408",
            summary: "penstock did not do it in \(limit)",
            because: "it may still come to it",
            fix: "penstock status"
        )
    }

    /// The daemon met an error that it has no words for.
    static func unexpected(_ error: any Error) -> Fault {
        Fault(
            code: "D411",
            summary: "penstock met an error it did not expect",
            because: "\(error)",
            fix: "journalctl -u penstock"
        )
    }

    /// The socket could not be put where it belongs.
    static func cannotListen(_ path: String, because: String) -> Fault {
        Fault(
            code: "D412",
            summary: "cannot make the control socket \(path)",
            because: because,
            fix: "check control.socket and who may write to its directory"
        )
    }

    /// Status and metrics cannot be served over TCP.
    static func cannotServe(_ endpoint: Endpoint, because: String) -> Fault {
        Fault(
            code: "D416",
            summary: "cannot serve status and metrics on \(endpoint)",
            because: because,
            fix: "ss -ltnp 'sport = :\(endpoint.port)'; or set control.http to another, or off"
        )
    }

    /// A request for another name than ours.
    static func notOurName(_ host: String) -> Fault {
        Fault(
            code: "D417",
            summary: host.isEmpty
                ? "the request names no host" : "\(host) is no name of this director",
            because: "only addresses, localhost and node.name are answered, so that no website "
                + "can read this through a browser",
            fix: "ask for the address, or set node.name to the name that is used"
        )
    }

    /// A change that was asked for over TCP.
    static func readOnly(_ method: String) -> Fault {
        Fault(
            code: "D405",
            summary: "nothing can be changed here: \(method)",
            because: "over TCP it takes GET, HEAD",
            fix: "use the control socket: penstock --help"
        )
    }

    /// The daemon accepted the connection and did not answer in time.
    static func noAnswer(_ path: String, within limit: Duration) -> Fault {
        Fault(
            code: "D413",
            summary: "penstock did not answer in \(limit)",
            because: "\(path) accepts connections, and nothing came back",
            fix: "journalctl -u penstock; or give it longer: --timeout"
        )
    }

    /// What came back is not an answer we know.
    static func strangeAnswer(_ because: String) -> Fault {
        Fault(
            code: "D414",
            summary: "penstock's answer was not understood",
            because: because,
            fix: "compare: penstock version"
        )
    }
}
