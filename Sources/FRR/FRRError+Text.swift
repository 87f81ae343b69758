extension FRRError: CustomStringConvertible {
    /// The stable code of the condition; codes are never reused.
    public var code: String {
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
        case .locked: "F121"
        case .unsupported: "F122"
        case .notBGPD: "F126"
        case .routeMapInUse: "F127"
        }
    }

    /// What happened, in one sentence: the attempt and its outcome.
    public var summary: String {
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
        case .noInstance: "bgpd has no such \"router bgp\""
        case .otherASN(let configured, let running):
            "the configuration says AS \(configured), bgpd runs AS \(running)"
        case .locked(let socket, _, let attempts):
            "the configuration of bgpd is locked (\(socket), \(attempts) attempts)"
        case .unsupported(let what, let daemon, _): "\(daemon) has no \(what)"
        case .notBGPD(let socket): "what answers on \(socket) is not bgpd"
        case .routeMapInUse(let name): "route-map \(name) is still in use and was not removed"
        }
    }

    /// The evidence: what the other side said or showed.
    public var because: String {
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
        case .locked(_, let words, _): words
        case .unsupported(_, let daemon, _): "its \"show version\" says \(daemon)"
        case .notBGPD: "it does not know the commands of bgpd, or it is mgmtd"
        case .routeMapInUse: "the running configuration names it"
        }
    }

    /// What to do next, as a command that can be pasted where there is one.
    public var fix: String {
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
        case .unreadable: "report the version of FRR or Quagga, with the reply"
        case .noInstance:
            "configure BGP first: vtysh -c 'configure terminal' -c 'router bgp ASN' "
                + "-c 'neighbor ADDRESS remote-as ASN'; an instance is never created from here"
        case .locked:
            "leave the configuration mode of every vtysh and telnet session (\"who\" in vtysh "
                + "lists them), and stop other programs that configure bgpd"
        case .unsupported(_, _, let instead): instead
        case .notBGPD: "use the socket of bgpd itself, such as /run/frr/bgpd.vty"
        case .routeMapInUse: "nothing; it is removed once nothing uses it"
        case .otherASN(_, let running):
            "set the AS number to \(running); \"router bgp\" is never changed from here"
        }
    }

    /// Code, summary, evidence and remedy, one line each.
    public var description: String {
        "error[\(code)]: \(summary)\n  because: \(because)\n  fix: \(fix)"
    }

    /// The part of a path before its last slash.
    private static func directory(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }
}
