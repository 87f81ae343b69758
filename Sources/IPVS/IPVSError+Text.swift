import Net
import Netlink

extension IPVSError: CustomStringConvertible {
    /// The stable code of the condition; codes are never reused.
    public var code: String {
        switch self {
        case .absent: "K301"
        case .noScheduler: "K302"
        case .notPermitted(_, .namespaced): "K304"
        case .notPermitted: "K303"
        case .serviceMissing: "K311"
        case .destinationMissing: "K312"
        case .exists: "K313"
        case .invalid: "K314"
        case .outOfRange: "K315"
        case .familyNotSupported: "K316"
        case .refused: "K317"
        case .refusedBeforeSending: "K318"
        case .uncertain: "K319"
        case .unreadable: "K320"
        case .restless: "K321"
        case .unreachable: "K322"
        case .noEngine: "K323"
        case .daemonMissing: "K324"
        case .noInterface: "K325"
        }
    }

    /// What happened, in one sentence: the attempt and its outcome.
    public var summary: String {
        switch self {
        case .absent: "could not \(request): the kernel has no IPVS here"
        case .noScheduler(_, let scheduler, nil):
            "could not \(request): scheduler \"\(scheduler)\" is not available"
        case .noScheduler(_, let scheduler, let engine?):
            "could not \(request): scheduler \"\(scheduler)\" or persistence engine "
                + "\"\(engine)\" is not available"
        case .noEngine(_, let engine):
            "could not \(request): persistence engine \"\(engine)\" is not available"
        case .notPermitted(_, .lacking): "not allowed to \(request): CAP_NET_ADMIN is missing"
        case .notPermitted(_, .namespaced):
            "not allowed to \(request): the kernel refuses IPVS inside a user namespace, even "
                + "with CAP_NET_ADMIN"
        case .notPermitted: "not allowed to \(request)"
        case .serviceMissing(_, let identity):
            "could not \(request): there is no service \(identity)"
        case .destinationMissing(_, let endpoint, let identity):
            "could not \(request): \(identity) has no destination \(endpoint)"
        case .daemonMissing(_, let role):
            "could not \(request): no \(role) runs in this network namespace"
        case .noInterface(_, let name):
            "could not \(request): there is no interface \"\(name)\""
        case .exists: "could not \(request): it is there already"
        case .invalid: "could not \(request): the kernel calls it invalid"
        case .outOfRange: "could not \(request): a number is out of range"
        case .familyNotSupported(_, let family):
            "could not \(request): the kernel has no IPv\(family?.rawValue ?? 6) for IPVS"
        case .refused(_, let errno, _): "could not \(request): the kernel said \(errno)"
        case .refusedBeforeSending: "did not \(request): it cannot work"
        case .uncertain: "asked to \(request), and what became of it is unknown"
        case .unreadable: "could not \(request): the kernel's answer makes no sense here"
        case .restless: "could not \(request): it changes faster than it can be read"
        case .unreachable: "could not \(request): the socket to the kernel failed"
        }
    }

    /// The evidence: what the kernel said or showed.
    public var because: String {
        switch self {
        case .absent:
            "there is no generic netlink family \"\(IPVSFamily.name)\": ip_vs is not loaded, and "
                + "asking for it did not load it (a container cannot)"
        case .noScheduler(_, let scheduler, nil):
            "the kernel said ENOENT: ip_vs_\(scheduler) is not loaded and did not load itself"
        case .noScheduler(_, let scheduler, let engine?):
            "the kernel said ENOENT: ip_vs_\(scheduler) or ip_vs_pe_\(engine) is not loaded"
        case .noEngine(_, let engine):
            "the kernel said ENOENT and has the scheduler, so ip_vs_pe_\(engine) is not loaded"
        case .notPermitted(_, .namespaced(let map)): "the kernel said EPERM; uid_map is \(map)"
        case .notPermitted(_, .lacking): "the kernel said EPERM, and CapEff lacks bit 12"
        case .notPermitted(_, .complete):
            "the kernel said EPERM, though CAP_NET_ADMIN is there and no user namespace is"
        case .notPermitted(_, .unknown): "the kernel said EPERM"
        case .serviceMissing: "the kernel said ESRCH"
        case .destinationMissing: "the kernel said ENOENT, and the service is there"
        case .daemonMissing: "the kernel said ESRCH"
        case .noInterface: "the kernel said ENODEV"
        case .exists: "the kernel said EEXIST"
        case .invalid(_, let words): "the kernel said EINVAL\(Self.quoted(words))"
        case .outOfRange: "the kernel said ERANGE"
        case .familyNotSupported: "the kernel said EAFNOSUPPORT"
        case .refused(_, let errno, let words): "the kernel said \(errno)\(Self.quoted(words))"
        case .refusedBeforeSending(_, let refusal): "\(refusal)"
        case .uncertain(_, let error): Self.words(error)
        case .unreadable(_, let reason): reason
        case .restless: "each of \(IPVSLimits.readings) lists named something twice"
        case .unreachable(_, let errno, let attempted): "\(attempted): \(errno)"
        }
    }

    /// What to do next, as a command that can be pasted where there is one.
    public var fix: String {
        switch self {
        case .absent:
            "modprobe -a ip_vs ip_vs_mh (for a container, on its host); to keep it: "
                + "printf 'ip_vs\\nip_vs_mh\\n' > /etc/modules-load.d/penstock.conf"
        case .noScheduler(_, let scheduler, nil):
            "modprobe ip_vs_\(scheduler) (for a container, on its host)"
        case .noScheduler(_, let scheduler, let engine?):
            "modprobe -a ip_vs_\(scheduler) ip_vs_pe_\(engine) (for a container, on its host)"
        case .noEngine(_, let engine):
            "modprobe ip_vs_pe_\(engine) (for a container, on its host)"
        case .notPermitted(_, .namespaced):
            "make the container privileged (LXC: remove lxc.idmap; Incus: "
                + "security.privileged=true), or run on the host; nothing here can change it"
        case .notPermitted(_, .complete):
            "look for a security module's refusal: journalctl -k | grep -i -e apparmor -e avc"
        case .notPermitted:
            "give it CAP_NET_ADMIN: AmbientCapabilities=CAP_NET_ADMIN in the unit, or "
                + "lxc.cap.keep in the container"
        case .serviceMissing: "nothing; it is added again where it is wanted"
        case .destinationMissing: "nothing; it is added again where it is wanted"
        case .daemonMissing: "nothing; it does not run"
        case .noInterface: "name an interface of this network namespace: ip -br link"
        case .exists: "nothing; it is compared with what is wanted in the next round"
        case .invalid:
            "check that the address is unicast and has a route that is not a blackhole: "
                + "ip route get ADDRESS; dmesg may say more"
        case .outOfRange: "use weights of 0...65535, and lower thresholds below the upper ones"
        case .familyNotSupported:
            "boot without ipv6.disable=1, or leave the IPv6 services out"
        case .refused: "look at the kernel's log: dmesg | tail; ipvsadm -Ln shows the table"
        case .refusedBeforeSending: "change the configuration; nothing was sent"
        case .uncertain: "nothing; the table is read again before anything else is done"
        case .unreadable: "report the kernel version (uname -r) and this message"
        case .restless: "find out who else changes IPVS: keepalived, kube-proxy, a script?"
        case .unreachable: "check the limit of open files (ulimit -n) and the seccomp profile"
        }
    }

    /// Code, summary, evidence and remedy, one line each.
    public var description: String {
        "error[\(code)]: \(summary)\n  because: \(because)\n  fix: \(fix)"
    }

    private static func quoted(_ words: String) -> String {
        words.isEmpty ? "" : ": \"\(words)\""
    }

    private static func words(_ error: NetlinkError) -> String {
        switch error {
        case .overrun: "replies were dropped for want of buffer space (ENOBUFS)"
        case .timedOut(let time): "no complete answer came within \(time)"
        case .interrupted: "the kernel says that the list was disturbed"
        case .malformed(let reason): reason
        case .refused(let errno, let words): "the kernel said \(errno)\(quoted(words))"
        case .noFamily(let name): "there is no generic netlink family \"\(name)\" any more"
        case .unavailable(let errno, let attempted): "\(attempted): \(errno)"
        }
    }
}
