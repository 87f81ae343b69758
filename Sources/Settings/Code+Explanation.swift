extension Code {
    /// What the code means, and what to do, in a paragraph for `penstock help CODE`.
    package var explanation: String {
        // A test holds that every code has one.
        Self.form[self] ?? Self.meaning[self] ?? ""
    }

    /// C1xx: the form of the file.
    private static let form: [Code: String] = [
        .unreadable: """
        The file could not be opened or is not a regular file. A FIFO, a device or a directory \
        is never read as a configuration. A daemon that runs keeps what it has.
        """,
        .empty: """
        The file holds no document: it is empty, or only comments. An editor or a copy that \
        stopped half-way leaves such files, so it is never taken to mean that there are no VIPs.
        """,
        .limit: """
        The file asks for more than a limit of the program. The limits are far above what a \
        director can carry; one that is reached is usually a slip in a template.
        """,
        .notText: """
        The file holds bytes that are not UTF-8, or control characters that YAML forbids. It \
        was probably saved in another encoding, or is not a text at all.
        """,
        .syntax: """
        The text is not YAML. The usual reasons are a tab where spaces belong, indentation that \
        does not line up, or a quote or bracket that is never closed.
        """,
        .severalDocuments: """
        A line --- began a second document. One file is one configuration; what stands behind \
        the line would be ignored by some programs and would replace the first in others.
        """,
        .duplicateKey: """
        A key is in the same map twice. YAML libraries silently let one of the two win; both \
        places are named here, so that the right one can be kept.
        """,
        .shape: """
        A list, a map or a single value stands where another of the three is needed. An address \
        in brackets must be in quotes, because YAML reads brackets as a list.
        """,
        .missing: """
        Something that has no default is not there: a key, a value behind a key, or the items \
        of a list.
        """,
        .version: "This program reads version 1 of the configuration language.",
        .unknownKey: """
        A key is not known where it stands. Unknown keys are errors, because a misspelt key \
        would otherwise leave a default in force that nobody asked for.
        """,
        .keyOfLater: """
        The key is part of the configuration language, but this version of the program cannot \
        do what it asks for. It is refused rather than ignored.
        """,
        .unknownWord: "A value is none of the words that its key allows; they are listed with it.",
        .duration: """
        A duration is a whole number with a unit: 500ms, 2s, 5m or 1h. A bare number is refused, \
        because programs disagree whether it means seconds or milliseconds.
        """,
        .number: """
        A value is not a number of the right kind, or is out of its range. Numbers are decimal, \
        without sign and without leading zeros, which YAML 1.1 reads as octal.
        """,
        .name: """
        Names are made of a-z, 0-9 and -, at most 63 characters, so that they pass unchanged \
        through metrics, logs, addresses of pages and terminals.
        """,
        .text: """
        A text holds something that its place does not allow. Paths and hosts of HTTP checks go \
        onto the wire as they are; links, sockets and groups follow the rules of the kernel.
        """,
        .together: "Two values that exclude each other are both there; keep one.",
        .permissions: """
        Everyone on this machine may write to the file, and so decide which addresses are \
        announced to the network. The file is read all the same.
        """,
    ]

    /// C2xx: what the file asks for.
    private static let meaning: [Code: String] = [
        .duplicateName: """
        Two VIPs, or two services of one VIP, have the same name. Names tell them apart in \
        commands, metrics and logs.
        """,
        .quorumUnreachable: """
        The watermark lies above the weight of all backends together, or is nothing at all. \
        The service could never come up, or would be up with nothing alive.
        """,
        .quorumOrder: """
        A service comes up when the live weight reaches `up` and goes down when it falls below \
        `down`. With `down` above `up` it would go down the moment it came up.
        """,
        .notAddress: """
        The text is not an IP address in one of its plain forms. Leading zeros, zones and IPv4 \
        inside IPv6 are refused, because programs read them differently.
        """,
        .duplicateVIP: """
        Two VIPs have the same address. Put the services of one address under one VIP: the \
        address is announced or withdrawn as a whole.
        """,
        .duplicateListen: "Two services of one VIP have the same protocol and port.",
        .notOwned: """
        The address lies outside `bgp.owned-prefixes`. Nothing outside of them is ever announced \
        or withdrawn, so that a slip here cannot take over, or take down, another's network.
        """,
        .notHost: """
        A VIP is announced as a /32 or a /128. Aggregates belong to the configuration of FRR.
        """,
        .unusableAddress: """
        The address is of a kind that routers do not forward to one host: loopback, multicast, \
        link-local, unspecified, reserved or broadcast.
        """,
        .duplicateBackend: """
        One backend is in a list twice. The kernel has one entry per address and port; use \
        `weight` to give it a larger share.
        """,
        .backendIsVIP: """
        The address of a backend is a VIP of this file. The director holds that address itself, \
        so it would deliver the packets to itself instead of forwarding them.
        """,
        .family: """
        A VIP and its backends are of different address families. Direct routing and NAT cannot \
        cross families; use two VIPs.
        """,
        .otherPort: """
        Direct routing and tunnelling hand the packet on as the client sent it, port included. \
        A backend on another port would never see it. Only `forward: nat` rewrites ports.
        """,
        .foreignFlag: "A flag belongs to another scheduler than the service has.",
        .onePacket: """
        One-packet scheduling picks a backend for every single packet, which suits a protocol \
        of one question and one answer over UDP and breaks everything else.
        """,
        .checkTiming: """
        The times of a check contradict each other: a probe ends (`timeout`) before the next \
        begins (`every`), and `fast-every` is the shorter of two intervals.
        """,
        .nothingGates: """
        Every service of the VIP has `gate: false`, so nothing decides when it is announced. A \
        VIP is only announced while it can be seen to serve.
        """,
        .unknownReference: "A service or a pool names a pool or a check that is not in the file.",
        .unused: "A pool or a check is in the file, but nothing uses it; often a slip in a name.",
        .ownedPrefix: """
        An owned prefix is malformed or overlaps another one. Each address is owned once.
        """,
        .slowStart: """
        A backend that starts slowly gets its weight in ten steps. That needs a scheduler for \
        which a weight is a share of the new flows: `wrr`, `wlc`, `sed`, `nq` or `twos`. With \
        Maglev hashing every step rebuilds the table and moves flows of other backends, which \
        breaks their connections; others do not look at weights, or take them for something else.
        """,
        .duplicateCheck:
            "The same check is in one list twice; it would be shown twice and run once.",
        .noChecks: """
        Nothing looks at the backends of a service, so they count as up for ever and the VIP \
        stays announced when all of them are dead.
        """,
        .quorumDrained: """
        The backends in state `ready` do not weigh enough for `up`, because others are drained \
        or in maintenance. The service is down until they return.
        """,
        .drainTiming: """
        A drain waits until the node has been quiet for `for`, but gives up after `at-most`, \
        which must be at least as long.
        """,
        .sameSpeaker: """
        Two speakers stand for one instance of bgpd: the same socket and the same VRF. Each would \
        take what the other announces for a stranger's.
        """,
        .kernelRouteSpeaker: """
        A kernel route is in the main table and says nothing of whom it is for. So only one speaker \
        can have `method: kernel-route`, and its instance is that of the default VRF.
        """,
        .attributeMethod: """
        With `method: kernel-route` the operator's own route-map of `redistribute kernel` says what \
        goes with a route; Penstock only adds and removes the kernel route. A community, a MED or a \
        bandwidth in this file would be ignored, so it is refused.
        """,
        .community: """
        A community is ASN:VALUE with two numbers of 16 bits or a well-known name; a large community \
        has three numbers of 32 bits.
        """,
        .communityEffect: """
        The community means something to every router or to bgpd itself: it would keep the route \
        from peers, have the traffic discarded, or make the path as bad as a drain does.
        """,
        .softPath: """
        A drain first announces a worse path, so that routers move while it still works. What the \
        file says of the normal path leaves no room for a worse one.
        """,
        .bandwidth: """
        The bandwidth of a route follows the weight of the ready backends of the services that gate \
        the VIP. There has to be some, and the whole must be a number that bgpd takes.
        """,
        .routeProtocol: """
        zebra takes kernel routes with the protocol numbers of its own daemons for its own: it \
        ignores them, and removes them when it starts.
        """,
        .canary: """
        A canary tells whether this director can reach anything at all. A VIP cannot be one, since \
        the director would ask itself, nor a real server, whose failing is what is in question.
        """,
        .checkPath: """
        A check with `via: vip` sends its packets to the VIP, with a firewall mark by which IPVS \
        hands them to the one real server that is meant. IPVS does so for TCP and UDP, and where \
        it rewrites addresses (`forward: nat`) not reliably for UDP. Its packets have to come from \
        an address of the director that is no VIP. With `forward: dr` over IPv4 it also fails a \
        real server that answers ARP for the VIP.
        """,
        .checkMark: """
        The firewall marks from `ipvs.check-marks` on, 16384 of them, are those of checks with \
        `via: vip`. Nothing else may use them: a packet with such a mark goes to the real server \
        that the mark stands for.
        """,
        .damping: """
        Every flap of a VIP, or of a real server, adds 1000 to a penalty that halves in every \
        `half-life`. From `suppress` on it is held back, until the penalty has fallen below `reuse`, and never \
        for more than `longest`. These numbers contradict each other.
        """,
    ]
}
