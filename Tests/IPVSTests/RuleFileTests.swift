import IPVS
import Net
import TestSupport
import Testing

private func rules(_ text: String, _ names: [String: Port] = [:]) throws -> RuleFile {
    try RuleFile(parsing: Array(text.utf8)) { name, transport in names["\(name)/\(transport)"] }
}

private func problems(_ text: String) -> [RuleProblem] {
    do {
        return try rules(text).warnings
    } catch let rejection as RuleFile.Rejection {
        return rejection.problems
    } catch {
        Issue.record("\(error)")
        return []
    }
}

/// Files of ipvsadm are understood, and written as it writes them.
@Suite struct RuleFileTests {
    @Test(arguments: [CapturedRules.mixed, CapturedRules.tunnels])
    func readsAndWritesWhatIpvsadmWrites(text: String) throws {
        let file = try rules(text)
        #expect(file.warnings.isEmpty)
        #expect(try RuleFile.text(file.rules.map(\.operation)) == text)
        #expect(file.rules.map(\.line) == Array(1...file.rules.count))
    }

    @Test func readsNamesOfPorts() throws {
        let names: [String: Port] = ["http/tcp": 80, "http-alt/tcp": 8080]
        let file = try rules(CapturedRules.named, names)
        let text = try RuleFile.text(file.rules.map(\.operation))
        #expect(CapturedRules.mixed.hasPrefix(text))
    }

    @Test func readsMarksThatIpvsadmMakesNegative() throws {
        let text = try RuleFile.text(rules(CapturedRules.largeMarks).rules.map(\.operation))
        #expect(
            text == """
                -A -f 2147483648 -s rr
                -a -f 2147483648 -r 10.20.0.11:80 -m -w 3
                -A -f 4294967295 -s rr -p 20 -o -b flag-3

                """
        )
    }

    /// Other ways to say the same, which ipvsadm takes as well.
    @Test(arguments: [
        ("-at203.0.113.2:80 -r10.0.0.4:80 -w5", "-a -t 203.0.113.2:80 -r 10.0.0.4:80 -g -w 5"),
        ("-a -t 203.0.113.2:80 -r 10.0.0.1", "-a -t 203.0.113.2:80 -r 10.0.0.1:80 -g -w 1"),
        ("-a -r 10.0.0.1 -w=7 -t 203.0.113.2:80", "-a -t 203.0.113.2:80 -r 10.0.0.1:80 -g -w 7"),
        ("-A -t 203.0.113.2:80", "-A -t 203.0.113.2:80 -s wlc"),
        ("-A -t 203.0.113.1 -p", "-A -t 203.0.113.1:0 -s wlc -p 360"),
        ("-A -p -t 203.0.113.1", "-A -t 203.0.113.1:0 -s wlc -p 360"),
        ("-A -b mh-port,flag-1 -t 1.2.3.4:5 -s mh", "-A -t 1.2.3.4:5 -s mh -b mh-fallback,mh-port"),
        ("  -A\t-6 -f 7 -s rr \r", "-A -f 7 -6 -s rr"),
        (
            "--add-service --tcp-service=203.0.113.3:80 --scheduler=wlc --persistent=50 "
                + "--netmask 255.255.0.0",
            "-A -t 203.0.113.3:80 -s wlc -p 50 -M 255.255.0.0"
        ),
        (
            "--add-server --tcp-service 203.0.113.3:80 --real-server 10.0.0.4 --masquerading "
                + "--weight 7 --u-threshold 9 --l-threshold 3",
            "-a -t 203.0.113.3:80 -r 10.0.0.4:80 -m -w 7 -x 9 -y 3"
        ),
        ("-E -u 203.0.113.3:80 -s rr --ops", "-E -u 203.0.113.3:80 -s rr -o"),
        ("-e -t [::1]:80 -r [2001:DB8::4]:80", "-e -t [::1]:80 -r [2001:db8::4]:80 -g -w 1"),
        ("-d -t 203.0.113.3:80 -r 10.0.0.4:81", "-d -t 203.0.113.3:80 -r 10.0.0.4:81"),
        ("-D --sctp-service 203.0.113.3:80", "-D --sctp-service 203.0.113.3:80"),
        ("-C", "-C"), ("-Z", "-Z"), ("-Z -f 9", "-Z -f 9"),
        ("--set 900 120 300", "--set 900 120 300"),
        ("--stop-daemon=backup", "--stop-daemon backup"),
        (
            "--start-daemon master --syncid 9 --mcast-interface eth0",
            "--start-daemon master --mcast-interface eth0 --syncid 9"
        ),
        (
            "--start-daemon backup --mcast-interface=e --sync-maxlen 1400 --mcast-group=ff02::7 "
                + "--mcast-ttl 3 --mcast-port 9999",
            "--start-daemon backup --mcast-interface e --sync-maxlen 1400 --mcast-group ff02::7 "
                + "--mcast-port 9999 --mcast-ttl 3"
        ),
    ])
    func readsEveryWayToSayIt(text: String, rule: String) throws {
        let file = try rules(text)
        #expect(try file.rules.map { try $0.operation.rule } == [rule])
        #expect(file.warnings.isEmpty)
    }

    @Test func passesOverCommentsAndEmptyLines() throws {
        let file = try rules("# web\n\n  \t \n-C\n   # -C\n-Z")
        #expect(file.rules == [Rule(.flush, line: 4), Rule(.zero(nil), line: 6)])
    }

    /// The bad part of each line, between brackets of its own, and what is said of it.
    @Test(arguments: [
        ("‹foo›", "begins with a command"),
        ("‹ipvsadm› -C", "begins with a command"),
        ("‹-t› 1.2.3.4:5 -A", "begins with what is to be done"),
        ("-C ‹-C›", "a rule has one command"),
        ("‹-q›", "there is no option -q"),
        ("‹--tcp-serv› 1.2.3.4:5", "there is no option --tcp-serv"),
        ("‹--clear=1›", "has no value"),
        ("-A -t 1.2.3.4:5 ‹-s›", "needs a value"),
        ("‹-A› -s rr", "needs the service"),
        ("-A -t 1.2.3.4:5 ‹-w› 3", "-w has no place in a rule with -A"),
        ("-C ‹-t› 1.2.3.4:5", "has no place"),
        ("-A -t 1.2.3.4:5 -s rr ‹-s› wlc", "-s is there twice"),
        ("-A -t 1.2.3.4:5 ‹-u› 1.2.3.4:5", "-t and -u exclude each other"),
        ("-a -t 1.2.3.4:5 -r 1.2.3.5 -g ‹-m›", "exclude each other"),
        ("-A -t 1.2.3.4:5 ‹#› comment", "belongs to no option"),
        ("-A -t ‹web›:80", "not an IP address"),
        ("-A -t ‹1.2.3›:80", "not an IP address"),
        ("-A -t ‹01.2.3.4›:80", "leading zero"),
        ("-A -t ‹2001:db8::1:80›", "not clear where the address ends"),
        ("-A -t ‹[2001:db8::1:80›", "the bracket is not closed"),
        ("-A -t ‹[1.2.3.4]›:80", "brackets are for IPv6"),
        ("-A -t 1.2.3.4:‹99999›", "is not a number of 0...65535"),
        ("-A -t 1.2.3.4:‹http›", "no tcp port called"),
        ("-A -t ‹1.2.3.4:0›", "only a persistent service"),
        ("-A -f ‹0›", "1...4294967295"),
        ("-A -f ‹0x10›", "1...4294967295"),
        ("-A -t 1.2.3.4:5 ‹-6›", "by mark"),
        ("-A -t 1.2.3.4:5 -s ‹abcdefghijklmnop›", "not the name of a scheduler"),
        ("-A -t 1.2.3.4:5 -s rr -b ‹mh-port›", "no such flag"),
        ("-A -t 1.2.3.4:5 -s rr -b ‹ops›", "no such flag"),
        ("-A -t 1.2.3.4:5 ‹-o›", "only packets of UDP"),
        ("-A -u 1.2.3.4:5 --pe ‹sip›", "persistent services only"),
        ("-A -t 1.2.3.4:5 -p ‹0›", "a persistence of 0 s"),
        ("-A -t 1.2.3.4:5 -p ‹4294967296›", "is not a number"),
        ("-A -t 1.2.3.4:5 -p 1 -M ‹24›", "an address such as"),
        ("-A -t 1.2.3.4:5 -p 1 -M ‹255.0.255.0›", "ones and then zeros"),
        ("-A -t [::1]:5 -p 1 -M ‹0›", "0 is not a prefix length"),
        ("-A -t [::1]:5 -p 1 -M ‹129›", "129 is not a prefix length"),
        ("‹-a› -t 1.2.3.4:5", "needs a real server"),
        ("-a -t 1.2.3.4:5 -r 1.2.3.5 -w ‹-1›", "is not a number"),
        ("-a -t 1.2.3.4:5 -r 1.2.3.5 -w ‹70000›", "not within 0...65535"),
        ("-a -t 1.2.3.4:5 -r 1.2.3.5 -x 3 -y ‹4›", "lower threshold"),
        ("-a -t 1.2.3.4:5 -r ‹[::1]›", "need a tunnel"),
        ("-a -t 1.2.3.4:5 -r 1.2.3.5 ‹--tun-type› gue", "is for tunnels"),
        ("-a -t 1.2.3.4:5 -r 1.2.3.5 -i --tun-type ‹gre6›", "one of ipip, gue and gre"),
        ("-a -t 1.2.3.4:5 -r 1.2.3.5 -i --tun-type ‹gue›", "tunnel port 0"),
        ("-a -t 1.2.3.4:5 -r 1.2.3.5 -i ‹--tun-csum›", "no flags"),
        ("‹--set› 1 2", "three numbers"),
        ("--set 1 2 ‹x›", "is not a number"),
        ("‹--set 0 120 300›", "change nothing"),
        ("--start-daemon ‹both› --mcast-interface e", "master or backup"),
        ("--stop-daemon ‹none›", "master or backup"),
        ("‹--start-daemon› master", "needs an interface"),
        ("--start-daemon master --mcast-interface ‹a/b›", "not the name of a network interface"),
        ("--start-daemon master --mcast-interface e --syncid ‹256›", "above 255"),
        ("--start-daemon master --mcast-interface e --mcast-group ‹10.0.0.1›", "not a multicast"),
        ("--start-daemon master --mcast-interface e --mcast-group ‹all›", "not an IP address"),
        ("--start-daemon master --mcast-interface e --mcast-ttl ‹0›", "kernel's own"),
        ("--start-daemon master --mcast-interface e --mcast-ttl ‹256›", "is not a number"),
        ("--stop-daemon master ‹--syncid› 3", "has no place"),
        ("--start-daemon master ‹-t› 1.2.3.4:5", "has no place"),
        ("-A -t 1.2.3.4:5 ‹--mcast-ttl› 3", "has no place"),
    ])
    func namesWhatIsWrong(marked: String, message: String) throws {
        let start = try #require(marked.firstIndex(of: "‹"))
        let end = try #require(marked.firstIndex(of: "›"))
        let before = marked[..<start].utf8.count
        let columns = before..<(before + marked[marked.index(after: start)..<end].utf8.count)
        let found = problems(marked.filter { !"‹›".contains($0) })
        #expect(found.map(\.severity) == [.error], "\(marked)")
        #expect(found.first?.reason.columns == columns, "\(marked)")
        let text = found.first?.reason.message ?? ""
        #expect(text.contains(message), "\(marked): \(text)")
    }

    @Test(arguments: [
        ("-a -t 1.2.3.4:80 -r 10.0.0.2:81 -g", "-a -t 1.2.3.4:80 -r 10.0.0.2:80 -g -w 1"),
        ("-A -t 1.2.3.4:80 -M 255.0.0.0", "-A -t 1.2.3.4:80 -s wlc"),
    ])
    func warnsOfWhatIpvsadmChangesInSilence(text: String, rule: String) throws {
        let file = try rules(text)
        #expect(try file.rules.map { try $0.operation.rule } == [rule])
        #expect(file.warnings.map(\.severity) == [.warning])
    }

    /// Nothing is rewritten for a port of its own only where nothing can be.
    @Test(arguments: [
        "-a -t 1.2.3.4:80 -r 10.0.0.2:81 -m -w 1", "-a -f 3 -r 10.0.0.2:81 -m -w 1",
        "-d -t 1.2.3.4:80 -r 10.0.0.2:81",
    ])
    func leavesOtherPortsAlone(text: String) throws {
        let file = try rules(text)
        #expect(try file.rules.map { try $0.operation.rule } == [text])
        #expect(file.warnings.isEmpty)
    }

    @Test func namesEveryBadLineOfAFile() {
        let found = problems("-C\nfoo\n-A -t 1.2.3.4:80 -M 255.0.0.0\nbar\n-Z")
        #expect(found.map(\.line) == [2, 3, 4])
        #expect(found.map(\.severity) == [.error, .warning, .error])
    }

    @Test func hasNoWordsForWhatNoRuleSays() throws {
        let service = try tcp("192.0.2.1", 80)
        let endpoint = try endpoint("10.0.0.1", 80)
        let unsayable: [IPVS.Operation] = [
            .newService(
                Service(
                    service,
                    scheduler: .roundRobin,
                    persistence: Persistence(timeout: 9, granularity: Persistence.irregular)
                )
            ),
            .newDestination(Destination(endpoint, forwarding: .bypass, weight: 1), of: service),
            .newDestination(Destination(endpoint, forwarding: .unknown(7), weight: 1), of: service),
            .newDestination(
                Destination(endpoint, forwarding: .tunnel(Tunnel(.unknown(9))), weight: 1),
                of: service
            ),
            .newDestination(
                Destination(
                    endpoint,
                    forwarding: .tunnel(
                        Tunnel(.gue, port: 1, flags: [.checksum, .remoteChecksum])
                    ),
                    weight: 1
                ),
                of: service
            ),
        ]
        for operation in unsayable {
            #expect(throws: RuleFile.Unsayable.self) { try operation.rule }
        }
    }

    /// Whatever can be said and sent is read as what it was.
    @Test func rulesSurvive() throws {
        var said = 0
        for seed in 0..<20_000 as Range<UInt64> {
            var random = SeededGenerator(seed: seed)
            let operation = try random.sayable()
            guard operation.refusal == nil else { continue }
            said += 1
            let rule = try operation.rule
            let file = try rules(rule)
            #expect(file.rules == [Rule(operation, line: 1)], "seed \(seed): \(rule)")
            #expect(file.warnings.isEmpty, "seed \(seed): \(rule)")
        }
        #expect(said > 5000)
    }

    @Test func anyBytesAreReadOrRefused() {
        let words = [
            "-A", "-a", "-t", "-f", "-r", "-6", "-p", "-M", "-w", "--set", "--tun-type", "gue",
            "1.2.3.4:80", "[::1]:80", "[", "]:", ":", "-", "--", "=", "-1", "\n", "\r", "\0",
            "255.255.255.0", "4294967296", "mh", "-b", "mh-port", "é", "#",
        ]
        for seed in 0..<20_000 as Range<UInt64> {
            var random = SeededGenerator(seed: seed)
            var text: [UInt8] = []
            for _ in 0..<Int.random(in: 0...14, using: &random) {
                text += words[Int.random(in: 0..<words.count, using: &random)].utf8
                if random.chance(2) { text.append(UInt8(ascii: " ")) }
                if random.chance(9) { text.append(random.bits()) }
            }
            do {
                _ = try RuleFile(parsing: text)
            } catch {
                for problem in error.problems {
                    let lines = problem.lines(file: "f", text: text)
                    #expect((2...4).contains(lines.count), "seed \(seed)")
                }
            }
        }
    }
}

@Suite struct RuleProblemTests {
    @Test func pointsAtTheBadPart() {
        let text = "-C\n-a -t 203.0.113.10:80 -r 10.20.0.11 -w 70000\n"
        #expect(
            problems(text).first?.lines(file: "web.rules", text: Array(text.utf8)) == [
                "web.rules:2:40: error[C351]: weight 70000 is not within 0...65535",
                "    2 | -a -t 203.0.113.10:80 -r 10.20.0.11 -w 70000",
                "      |                                        ^~~~~",
            ]
        )
    }

    @Test func showsThePartOfALongLineAndNothingThatActsOnATerminal() throws {
        let text = "-A \u{1B}[2J" + String(repeating: " ", count: 300) + "-t x:80"
        let lines = try #require(problems(text).first).lines(file: "f", text: Array(text.utf8))
        #expect(lines.allSatisfy { $0.utf8.allSatisfy { $0 >= 0x20 } })
        let caret = try #require(lines[2].firstIndex(of: "^"))
        #expect(lines.allSatisfy { $0.count < 130 })
        #expect(lines[2].distance(from: lines[2].startIndex, to: caret) < lines[1].count)
    }
}

extension SeededGenerator {
    /// An operation that a rule can say, and that may still be one that is refused.
    fileprivate mutating func sayable() throws -> IPVS.Operation {
        let transports = TransportProtocol.allCases
        let identity: ServiceIdentity =
            chance(4)
            ? .mark(max(1, bits()), family())
            : .address(
                address(family()),
                transports[Int.random(in: 0..<transports.count, using: &self)],
                chance(9) ? 0 : Port(max(1, bits()))
            )
        switch Int.random(in: 0..<8, using: &self) {
        case 7: return sayableDaemon()
        case 0, 1:
            let service = try sayableService(identity)
            return chance(2) ? .newService(service) : .updateService(service)
        case 2, 3:
            let destination = sayableDestination(of: identity)
            return chance(2)
                ? .newDestination(destination, of: identity)
                : .updateDestination(destination, of: identity)
        case 4: return .deleteDestination(sayableDestination(of: identity).endpoint, of: identity)
        case 5: return chance(2) ? .deleteService(identity) : .zero(identity)
        default: return .setTimeouts(Timeouts(tcp: bits(), tcpFin: bits(), udp: bits()))
        }
    }

    private mutating func sayableDaemon() -> IPVS.Operation {
        let roles = SyncDaemon.Role.allCases
        let role = roles[Int.random(in: 0..<roles.count, using: &self)]
        guard chance(2) else { return .stopDaemon(role) }
        var daemon = SyncDaemon(role, interface: "eth0", identifier: UInt32(bits() as UInt8))
        if chance(2) { daemon.maximumLength = bits() }
        if chance(2) { daemon.group = IPAddress(v4: 0xe000_0000 | (bits() as UInt32) >> 4) }
        if chance(2) { daemon.port = Port(bits()) }
        if chance(2) { daemon.timeToLive = bits() }
        return .startDaemon(daemon)
    }

    private mutating func sayableService(_ identity: ServiceIdentity) throws -> Service {
        let schedulers: [Scheduler] = [
            .maglev, .sourceHashing, .roundRobin, try Scheduler(parsing: "fo"),
        ]
        var flags: ServiceFlags = []
        if chance(2) { flags.insert(.fallback) }
        if chance(2) { flags.insert(.port) }
        if chance(4) { flags.insert(.third) }
        switch identity {
        case .address(_, .udp, _), .mark: if chance(3) { flags.insert(.onePacket) }
        case .address: break
        }
        let lengths = (identity.family == .v4 ? 0 : 1)...identity.family.bitWidth
        return Service(
            identity,
            scheduler: schedulers[Int.random(in: 0..<schedulers.count, using: &self)],
            flags: flags,
            persistence: chance(2)
                ? Persistence(
                    timeout: UInt32.random(in: 1...100_000, using: &self),
                    granularity: Int.random(in: lengths, using: &self)
                ) : nil,
            engine: chance(4) ? "sip" : nil
        )
    }

    private mutating func sayableDestination(of identity: ServiceIdentity) -> Destination {
        let flags: [Tunnel.Flags] = [[], .checksum, .remoteChecksum]
        let tunnels: [Tunnel] = [
            .ipip, Tunnel(.gre, flags: flags[Int.random(in: 0..<2, using: &self)]),
            Tunnel(
                .gue,
                port: Port(max(1, bits())),
                flags: flags[Int.random(in: 0..<3, using: &self)]
            ),
        ]
        let ways: [Forwarding] = [
            .masquerade, .directRouting, .tunnel(tunnels[Int.random(in: 0..<3, using: &self)]),
        ]
        let forwarding = ways[Int.random(in: 0..<3, using: &self)]
        let upper = UInt32.random(in: 0...1000, using: &self)
        return Destination(
            Endpoint(
                address(chance(5) ? family() : identity.family),
                forwarding == .masquerade ? Port(bits()) : identity.port
            ),
            forwarding: forwarding,
            weight: Int.random(in: 0...65535, using: &self),
            upperThreshold: chance(2) ? upper : 0,
            lowerThreshold: chance(4) ? upper / 2 : 0
        )
    }
}
