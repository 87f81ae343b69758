extension FRRError: CustomStringConvertible {
    /// The stable code of the condition; codes are never reused.
    package var code: String {
        switch self {
        case .absent: "F101"
        case .leftOver: "F102"
        case .forbidden: "F103"
        case .backlogFull, .silent: "F104"
        case .otherASN: "F108"
        case .noInstance: "F109"
        case .refused, .unspeakable: "F112"
        case .closed, .unreachable, .crowded: "F113"
        case .surprise: "F114"
        case .unreadable: "F115"
        }
    }

    /// What happened, in one sentence: the attempt and its outcome.
    package var summary: String {
        switch self {
        case .absent(let socket, _): "bgpd's VTY socket is not there: \(socket)"
        case .leftOver(let socket): "bgpd is not running; its socket file is left over: \(socket)"
        case .forbidden(let socket, _): "not allowed to open bgpd's VTY socket \(socket)"
        case .backlogFull(let socket): "bgpd accepts no connection on \(socket)"
        case .unreachable(let socket, _): "cannot connect to bgpd's VTY socket \(socket)"
        case .silent(let socket, let line, let time):
            "bgpd accepted the connection on \(socket) but did not answer \"\(line)\" in \(time)"
        case .closed(_, let line?): "bgpd closed the connection before it answered \"\(line)\""
        case .closed(_, nil): "the connection to bgpd is closed"
        case .surprise(let socket, _, _): "what answers on \(socket) does not speak as a VTY does"
        case .crowded(let socket): "too many commands wait for \(socket)"
        case .unspeakable: "a line was not sent to bgpd"
        case .refused(let line, let status, _): "bgpd refused \"\(line)\" (status \(status))"
        case .unreadable(let line, _): "bgpd's answer to \"\(line)\" makes no sense here"
        case .noInstance: "bgpd has no \"router bgp\" in the default VRF"
        case .otherASN(let configured, let running):
            "the configuration says AS \(configured), bgpd runs AS \(running)"
        }
    }

    /// The evidence: what the other side said or showed.
    package var because: String {
        switch self {
        case .absent(let socket, nil):
            "the directory \(Self.directory(of: socket)) does not exist or cannot be read"
        case .absent(let socket, let names?) where names.isEmpty:
            "the directory \(Self.directory(of: socket)) is empty"
        case .absent(let socket, let names?):
            "the directory \(Self.directory(of: socket)) holds only \(names.joined(separator: " "))"
        case .leftOver: "connect: connection refused, though the file exists"
        case .forbidden(_, let access?): "connect: permission denied; the socket is \(access)"
        case .forbidden(_, nil): "connect: permission denied; the socket cannot even be seen"
        case .backlogFull: "connect: its queue of waiting connections is full, so it hangs"
        case .unreachable(_, let words): words
        case .silent: "bgpd is busy, hung, or stopped"
        case .closed: "bgpd stopped or restarted, or we closed after another error"
        case .surprise(_, let line?, let error): "after \"\(line)\" \(error)"
        case .surprise(_, nil, let error): "\(error)"
        case .crowded: "\(VTYLimits.waitingScripts) are queued, and bgpd takes one at a time"
        case .unspeakable(let reason), .unreadable(_, let reason): reason
        case .refused(_, _, let words): words.isEmpty ? "it gave no reason" : words
        case .noInstance: "\"show bgp summary json\" and the running configuration have none"
        case .otherASN(_, let running): "its summary says \"as\": \(running)"
        }
    }

    /// What to do next, as a command that can be pasted where there is one.
    package var fix: String {
        switch self {
        case .absent:
            "systemctl start frr; if it runs, set bgpd=yes in /etc/frr/daemons; "
                + "if FRR uses a path-space (-N NAME), the socket is /run/frr/NAME/bgpd.vty"
        case .leftOver:
            "systemctl status frr; journalctl -u frr "
                + "(the routes have left the peers too, and come back with bgpd)"
        case .forbidden:
            "add this user to the group of the socket (usermod -aG frrvty USER) and of its "
                + "directory (frr), then restart"
        case .backlogFull, .silent:
            "look at bgpd (top, journalctl -u frr); watchfrr restarts a hung one after 90 s"
        case .unreachable: "check that the path is a unix socket of bgpd"
        case .closed: "nothing; the connection is opened again"
        case .surprise: "check that the path is bgpd's own socket, and report the FRR version"
        case .crowded: "nothing; it is asked again in the next round"
        case .unspeakable: "use names of letters, digits, \".\", \"_\" and \"-\""
        case .refused:
            "type the same line in vtysh; compare the FRR version with the supported ones"
        case .unreadable: "report the FRR version; Quagga cannot be read, because it has no JSON"
        case .noInstance:
            "configure BGP first: vtysh -c 'configure terminal' -c 'router bgp ASN' "
                + "-c 'neighbor ADDRESS remote-as ASN'; an instance is never created from here"
        case .otherASN(_, let running):
            "set the AS number to \(running); \"router bgp\" is never changed from here"
        }
    }

    /// Code, summary, evidence and remedy, one line each.
    package var description: String {
        "error[\(code)]: \(summary)\n  because: \(because)\n  fix: \(fix)"
    }

    /// The part of a path before its last slash.
    private static func directory(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }
}
