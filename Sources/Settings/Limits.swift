/// How much a configuration file may hold, each number with its reason.
///
/// The file is trusted to be meant well but not to be right: a slip must end in an error, not in
/// a director that is busy with its own configuration. A director of the largest size we know of,
/// with 10,000 real servers, needs a tenth of each.
package enum Limits {
    /// The bytes of a file: 13,000 lines of 60 columns are 0.8 MB.
    package static let fileBytes = 8 << 20
    /// The nodes of the document once aliases are written out: 10,000 real servers with address,
    /// weight, state and note each are 90,000.
    package static let nodes = 1_000_000
    /// How deep maps and lists may nest: the deepest key of the schema is at 9.
    package static let depth = 32
    /// The VIPs of a director: more /32s than this are a table, not a set of services.
    package static let vips = 10_000
    /// The services of a VIP: one for each port a busy address has.
    package static let servicesPerVIP = 256
    /// The real servers of a service: an `mh` table has 4,093 slots unless the kernel was built
    /// with another `IP_VS_MH_TAB_INDEX`, and a server without a slot gets nothing.
    package static let backendsPerService = 4_096
    /// The real servers of all services together, which is what the kernel has to hold.
    package static let backends = 200_000
    /// The checks of one service: every one of them is sent to every real server of it.
    package static let checksPerService = 16
    /// The statuses and ranges that one check may expect: there are 63 registered statuses.
    package static let statuses = 64
    /// The bytes that a check sends, or looks for: a request of any protocol that is one line.
    package static let dialogueBytes = 1_024
    /// The bytes of an echo request: the first eight are its secret, and more than these would not
    /// fit a frame of Ethernet with the headers of IPv6.
    package static let echoBytes = 8...1_400
    /// The headers that an HTTP check adds: no browser sends half as many.
    package static let headers = 32
    /// The words of a command, its file among them, and the bytes of each: no list of servers.
    package static let commandWords = 64
    package static let commandWordBytes = 1_024
    /// The megabytes of a program: less than 16 is no process, and more than a director has left.
    package static let programMegabytes = 16...65_536
    /// The bytes of the name of a user (useradd(8)).
    package static let userNameBytes = 32
    /// The protocols that a check offers in ALPN: a handful is registered.
    package static let protocols = 8
    /// The days before the end of a certificate: those of the longest that browsers take.
    package static let certificateDays = 398
    /// The records that one answer must hold: as many as fit a datagram.
    package static let answers = 16
    /// The owned prefixes: a site has a handful.
    package static let ownedPrefixes = 1_024
    /// The speakers of a director: one for each VRF that it has VIPs in.
    package static let speakers = 16
    /// The communities of one kind that a route is given: bgpd takes a line of 2,000 bytes from us,
    /// which 32 fit in, and a drain adds one.
    package static let communities = 31
    /// The bandwidth of a route, in Mbit/s: what `set extcommunity bandwidth` took before FRR 10.3.
    package static let bandwidth = 25_600
    /// The route changes a second, and at once: more than all VIPs together is no ration.
    package static let routeChanges = vips * 2
    /// The repairs of one prefix within a window: more is a fight that goes on.
    package static let repairs = 1_000
    /// The penalties of a VIP that flaps, each flap being 1,000.
    package static let penalty = 1_000_000
    /// The bytes of a file's path: every system takes 255 (`_POSIX_PATH_MAX` in limits.h), and
    /// nobody types a thousand.
    package static let filePathBytes = 1_024
    /// The canaries: a gateway, and a few anchors beyond it.
    package static let canaries = 16
    /// How long a brake may hold, and within what time a crowd must fail: what is gone for an hour
    /// is not announced on a suspicion.
    package static let brake = Duration.seconds(1)...Duration.seconds(3_600)
    /// The labels of a node: each becomes a label of a metric.
    package static let labels = 32
    /// The bytes of a label's value or a note: they are shown in one column of a table.
    package static let noteBytes = 256
    /// The bytes of a request target: servers refuse more than 8,000, and no one needs 2,048.
    package static let pathBytes = 2_048
    /// The bytes of a host name (RFC 1035 §2.3.4) with brackets and a port.
    package static let hostBytes = 262
    /// The bytes of a unix socket's path: `sun_path` is 108 with its terminating zero (unix(7)).
    package static let socketPathBytes = 107
    /// The bytes of our own socket's path: it is bound under a name with a dot more, and gets its
    /// own once its mode and group are right.
    package static let controlSocketPathBytes = 106
    /// The bytes of a link's name: `IFNAMSIZ` is 16 with its terminating zero (netdevice(7)).
    package static let interfaceNameBytes = 15
    /// The bytes of a group's name: what useradd(8) takes.
    package static let groupNameBytes = 32
    /// The largest weight: what the kernel's `mh` and `wrr` reckon with before they scale down.
    package static let weight = 65_535
    /// The results in a row that a change of health may need: more is a check that never decides.
    package static let streak = 100
    /// How many times the median an outlier may have to take: less than twice is no outlier, and
    /// more than a hundred times is a check that fails.
    package static let outlierTimes = 2...100
    /// The least that an outlier takes longer: below it is the noise of a busy host.
    package static let outlierMargin = Duration.milliseconds(1)
    /// The share of its servers that a service may leave out for slowness, in percent: with more
    /// than half of them slow the others are the odd ones.
    package static let outlierShare = 1...50
    /// The peers that may be demanded: more than a fabric's spine has.
    package static let peers = 128
    /// How long a server may take to get its whole weight: in less than a second nothing warms up.
    package static let slowStart = Duration.seconds(1)...duration
    /// The longest duration of any kind: a day, beyond which a unit has been mistaken.
    package static let duration = Duration.seconds(86_400)
    /// The shortest time between two probes: below it a probe is a load test.
    package static let probeEvery = Duration.milliseconds(100)
    /// The shortest time a probe may take: a round trip within a data centre, with room.
    package static let probeTimeout = Duration.milliseconds(10)
    /// The shortest time between two readings of bgpd or the kernel: both cost their daemon time.
    package static let auditEvery = Duration.seconds(1)
    /// The shortest time between two glances at the table: one of 10,000 destinations takes the
    /// kernel some ten milliseconds to print.
    package static let glanceEvery = Duration.milliseconds(200)
    /// The shortest time a node must be quiet: packet counters are read once a second.
    package static let quietFor = Duration.seconds(1)
    /// The rate, in packets per second, above which no node is quiet.
    package static let packetRate = 1_000_000
    /// The errors shown; the others are counted.
    package static let problemsShown = 20
    /// The errors that may come with a suggestion from the names of the file: with 10,000 names
    /// each takes about 10 ms, and only the first are shown.
    package static let suggestions = 100
    /// The columns of a source line shown, so that it stays one line on a terminal.
    package static let columnsShown = 120
    /// The characters of a value quoted in a message.
    package static let quotedCharacters = 64
}
