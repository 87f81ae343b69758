import IPVS
import Net
import Testing
import penstock

/// The table that a file of rules describes, each service with its servers in the file's order.
func table(_ rules: String) throws -> IPVS.Table {
    var table = IPVS.Table()
    for rule in try RuleFile(parsing: Array(rules.utf8)).rules {
        switch rule.operation {
        case .newService(let service):
            table.entries.append(IPVS.Table.Entry(ObservedService(service, Statistics()), []))
        case .newDestination(let destination, let identity):
            let index = try #require(
                table.entries.firstIndex { $0.service.service.identity == identity }
            )
            let seen = ObservedDestination(destination, Connections(), Statistics())
            table.entries[index].destinations.append(seen)
        default: Issue.record("not a table: \(rule)")
        }
    }
    return table
}

private let info = Info(version: 0x010201, connectionTableSize: 4096)

/// The captured table with the connections that went through two of its services.
private func captured() throws -> IPVS.Table {
    var table = try table(CapturedListings.rules)
    func count(
        _ index: Int,
        _ total: Traffic,
        _ rate: Traffic,
        half: (Traffic, Traffic),
        _ held: Connections
    ) {
        table.entries[index].service.statistics = Statistics(total: total, rate: rate)
        for server in table.entries[index].destinations.indices {
            table.entries[index].destinations[server].statistics =
                Statistics(total: half.0, rate: half.1)
            table.entries[index].destinations[server].connections = held
        }
    }
    func traffic(_ numbers: [UInt64]) -> Traffic {
        Traffic(
            connections: numbers[0],
            inPackets: numbers[1],
            outPackets: numbers[2],
            inBytes: numbers[3],
            outBytes: numbers[4]
        )
    }
    count(
        0,
        traffic([200, 650, 450, 135_400, 25_000]),
        traffic([19, 61, 42, 12_694, 2344]),
        half: (traffic([100, 325, 225, 67_700, 12_500]), traffic([9, 30, 21, 6347, 1172])),
        Connections(active: 75, inactive: 25)
    )
    let sixth = (traffic([20, 40, 20, 3040, 1600]), traffic([2, 4, 2, 285, 150]))
    count(
        table.entries.count - 1,
        sixth.0,
        sixth.1,
        half: sixth,
        Connections(active: 20, persistent: 1)
    )
    return table.sorted
}

@Suite struct IPVSListingTests {
    @Test(arguments: [
        (IPVSListing.Columns.usual, CapturedListings.usual), (.stats, CapturedListings.stats),
        (.rate, CapturedListings.rate), (.thresholds, CapturedListings.thresholds),
        (.persistentConn, CapturedListings.persistent),
    ])
    func looksLikeIpvsadm(columns: IPVSListing.Columns, expected: String) throws {
        #expect(IPVSListing(columns).text(try captured(), info: info) == expected)
    }

    @Test func showsTunnelsLikeIpvsadm() throws {
        let table = try table(CapturedListings.tunnelRules).sorted
        #expect(IPVSListing(.tunInfo).text(table, info: info) == CapturedListings.tunnels)
    }

    @Test func waysOfChecksComeLastAndApart() throws {
        let table = try table(
            """
            -A -f 1342177280 -s rr
            -a -f 1342177280 -r 10.20.0.11:0 -g -w 28769
            -A -f 77 -s rr
            -a -f 77 -r 10.20.0.13:0 -g -w 9
            -A -t 203.0.113.10:80 -s rr
            -a -t 203.0.113.10:80 -r 10.20.0.11:80 -g -w 28769

            """
        )
        let lines = IPVSListing().text(table, info: info).split(
            separator: "\n",
            omittingEmptySubsequences: false
        )
        #expect(
            lines.dropFirst(3).map { $0.prefix(20) }.map(String.init) == [
                "FWM  77 rr", "  -> 10.20.0.13:0   ", "TCP  203.0.113.10:80",
                "  -> 10.20.0.11:80  ",
                "", "Ways of checks that ", "FWM  1342177280 rr", "  -> 10.20.0.11:0   ", "",
            ]
        )
    }

    /// The steps of `print_largenum` in ipvsadm.c.
    @Test(arguments: [
        (UInt64(0), "        0"), (99_999_999, " 99999999"), (100_000_000, "  100000K"),
        (999_999_999, "  999999K"), (1_000_000_000, "    1000M"), (99_999_999_999, "   99999M"),
        (100_000_000_000, "     100G"), (99_999_999_999_999, "   99999G"),
        (100_000_000_000_000, "     100T"), (.max, "18446744T"),
    ])
    func shortensLargeNumbers(number: UInt64, text: String) throws {
        var table = try table("-A -f 1 -s rr")
        table.entries[0].service.statistics.total.outBytes = number
        let lines = IPVSListing(.stats).text(table, info: info).split(separator: "\n")
        #expect(lines[3].hasSuffix("        0        0        0        0\(text)"))
        let exact = IPVSListing(.stats, isExact: true).text(table, info: info)
        #expect(exact.hasSuffix(" \(number)\n"))
    }

    @Test func marksHaveNoSign() throws {
        let table = try table("-A -f 4294967295 -s rr")
        #expect(IPVSListing().text(table, info: info).hasSuffix("\nFWM  4294967295 rr\n"))
    }
}

@Suite struct IPVSDocumentTests {
    @Test func saysEverything() throws {
        var table = try table(
            """
            -A -u 192.0.2.1:53 -s mh -b mh-port -p 60 -M 255.255.255.0 --pe sip -o
            -a -u 192.0.2.1:53 -r 10.0.0.1:53 -i --tun-type gue --tun-port 9 --tun-csum -x 7 -y 3
            -A -f 9 -6 -s rr
            """
        )
        table.entries[0].service.statistics.rate.inBytes = 5
        table.entries[0].destinations[0].connections = Connections(active: 1, inactive: 2)
        let text = try IPVSDocument(table, info: info).text
        for part in [
            #""version" : "1.2.1""#, #""connectionTableSize" : 4096"#, #""protocol" : "udp""#,
            #""address" : "192.0.2.1""#, #""port" : 53"#, #""family" : 6"#, #""mark" : 9"#,
            #""mh-port""#, #""onePacket" : true"#, #""timeout" : 60"#, #""prefixLength" : 24"#,
            #""engine" : "sip""#, #""forward" : "tunnel""#, #""type" : "gue""#,
            #""checksum" : true"#, #""remoteChecksum" : false"#, #""upperThreshold" : 7"#,
            #""lowerThreshold" : 3"#, #""activeConnections" : 1"#, #""inactiveConnections" : 2"#,
            #""inBytes" : 5"#, #""scheduler" : "mh""#, #""weight" : 1"#,
        ] {
            #expect(text.contains(part), "\(part) is not in \(text)")
        }
    }
}

@Suite struct ServiceFilterTests {
    static let services = """
        -A -t 192.0.2.1:80 -s rr
        -A -u 192.0.2.1:80 -s rr
        -A -t 192.0.2.1:0 -s rr -p
        -A -t [2001:db8::1]:80 -s rr
        -A -f 7 -s rr
        -A -f 7 -6 -s rr
        """

    @Test(arguments: [
        ("192.0.2.1", [0, 1, 2]), ("192.0.2.1:80", [0, 1]), ("192.0.2.1:80/udp", [1]),
        ("192.0.2.1/tcp", [0, 2]), ("192.0.2.1:0", [2]), ("2001:db8::1", [3]),
        ("[2001:db8::1]:80", [3]), ("[2001:db8::1]", [3]), ("mark:7", [4, 5]), ("mark:8", []),
        ("192.0.2.1:81", []),
    ])
    func takes(argument: String, expected: [Int]) throws {
        let filter = try #require(ServiceFilter(argument: argument))
        let entries = try table(Self.services).entries
        #expect(
            entries.indices.filter { filter.takes(entries[$0].service.service.identity) }
                == expected
        )
    }

    @Test(arguments: ["", "web", "192.0.2.1:x", "192.0.2.1:80/icmp", "mark:", "mark:-1", "192.0.2"])
    func refuses(argument: String) { #expect(ServiceFilter(argument: argument) == nil) }
}

@Suite struct ServiceNamesTests {
    @Test func readsTheFileOfServices() {
        let names = ServiceNames.parse(
            """
            # Network services
            http\t\t80/tcp\t\twww\t# WorldWideWeb HTTP
            domain  53/udp
            domain  53/tcp
            http    8000/tcp
            broken  x/tcp
            alone
            """
        )
        #expect(names == ["http/tcp": 80, "www/tcp": 80, "domain/udp": 53, "domain/tcp": 53])
    }

    @Test func knowsNothingWithoutTheFile() {
        #expect(ServiceNames(path: "/nonexistent/services").port("http", .tcp) == nil)
    }
}

@Suite struct IPVSRatesTests {
    @Test func showsTheBusiestFirst() throws {
        var table = try table(
            """
            -A -t 192.0.2.1:80 -s rr
            -a -t 192.0.2.1:80 -r 10.0.0.1 -w 1
            -a -t 192.0.2.1:80 -r 10.0.0.2 -w 1
            -A -t 192.0.2.2:80 -s rr
            """
        )
        table.entries[0].service.statistics.rate = Traffic(connections: 1, inPackets: 9, inBytes: 1)
        table.entries[0].destinations[1].statistics.rate = Traffic(inPackets: 9)
        table.entries[1].service.statistics.rate = Traffic(inPackets: 1200, outBytes: 7)
        func first(_ order: IPVSRates.Order, limit: Int? = nil) -> [String] {
            plain(IPVSRates(by: order, limit: limit).lines(table)).map {
                $0.split(separator: " ").prefix(2).joined(separator: " ")
            }
        }
        #expect(
            first(.pps) == [
                "SERVICE /", "tcp 192.0.2.2:80", "tcp 192.0.2.1:80", "10.0.0.2:80 0",
                "10.0.0.1:80 0",
            ]
        )
        #expect(first(.cps)[1] == "tcp 192.0.2.1:80")
        #expect(first(.bytes)[1] == "tcp 192.0.2.2:80")
        #expect(first(.pps, limit: 1) == ["SERVICE /", "tcp 192.0.2.2:80", "3 more"])
        #expect(plain(IPVSRates(by: .pps).lines(table))[1].contains("1 200"))
    }
}

@Suite struct ConnectionOrderTests {
    @Test func sortsByEachColumn() throws {
        let one = try #require(
            ConnectionEntry("TCP 0A000001 0001 C0000201 0050 0A000009 0050 SYN_RECV 10")
        )
        let two = try #require(
            ConnectionEntry("TCP 0A000002 0001 C0000202 0050 0A000008 0050 ESTABLISHED 9")
        )
        let sorted = ConnectionOrder.allCases.map { $0.areInOrder(one, two) }
        #expect(sorted == [true, true, false, false, false])
        #expect(ConnectionOrder.allCases.allSatisfy { !$0.areInOrder(one, one) })
    }
}
