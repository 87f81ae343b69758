import Core
import Net

/// The configuration that is measured: services of one shape, one to a VIP.
///
/// One to a VIP, because a decision is made for a whole VIP: with more, a table of one service
/// would be decided about faster than one of a thousand, whatever the size of the table costs.
struct Scenery {
    /// How many services the table has.
    let services: Int
    /// How many real servers each of them has.
    let servers: Int

    /// Far more than any run takes, so that nothing is looked at again by the clock.
    private static let never = Duration.seconds(86_400)
    /// Longer than any run takes too: an audit happens when the clock is put forward by it.
    static let auditEvery = Duration.seconds(3600)
    private static let port: Port = 8000
    private static let firstVIP: UInt32 = 0xcb00_7001  // 203.0.112.1
    private static let firstServer: UInt32 = 0x0a40_0100  // 10.64.1.0

    /// The address of a service, from 0.
    func address(_ service: Int) -> IPAddress {
        IPAddress(v4: Self.firstVIP + UInt32(service))
    }

    /// What a hand may do to the table: one real server gets another weight.
    var interference: Change {
        .updateDestination(
            ServiceKey(address(0), ServiceID(.tcp, Self.port)),
            Endpoint(IPAddress(v4: Self.firstServer), Self.port),
            .directRouting,
            weight: 7
        )
    }

    /// Everything healthy is in use; whether it is announced is no matter of this.
    func intent() throws(ParseError) -> Intent {
        let check = NamedCheck(name: "alive", Check(method: .tcp, rise: 1, fall: 1))
        var vips: [VIP] = []
        for number in 0..<services {
            let backends = (0..<servers).map { each in
                let offset = UInt32(number * servers + each)
                return Backend(Endpoint(IPAddress(v4: Self.firstServer + offset), Self.port))
            }
            let service = VirtualService(
                name: try Name(parsing: "web"),
                id: ServiceID(.tcp, Self.port),
                scheduling: Scheduling(scheduler: .rr, flags: []),
                checks: [check],
                backends: backends
            )
            vips.append(
                VIP(
                    name: try Name(parsing: "v\(number)"),
                    address: address(number),
                    holdUp: .zero,
                    services: [service]
                )
            )
        }
        return Intent(
            node: Node(name: "bench"),
            bgp: BGPPolicy(
                asn: 65_001,
                ownedPrefixes: [try Prefix(parsing: "203.0.112.0/20")],
                verifyEvery: Self.never
            ),
            ipvs: IPVSPolicy(
                reconcileEvery: Self.never,
                auditEvery: Self.auditEvery,
                settings: .ignore
            ),
            vips: vips
        )
    }

    /// A bgpd that nothing may be written to: routes are not measured here.
    var bgp: RoutingFacts {
        let summary = "this bgpd is played"
        let fault = Fault(code: "F102", summary: summary, because: "", fix: "")
        return RoutingFacts(BGPFacts(refusal: fault))
    }

    /// The link as it is once every address is bound.
    var link: LinkFacts {
        LinkFacts(addresses: Set((0..<services).map(address)), isUp: true)
    }
}
