import Core
import Net
import Settings
import Testing

/// Checks by the way of traffic, and the self-check: what is read, and what is refused.
@Suite struct CheckPathTests {
    private static let service = "{ name: https, listen: 443/tcp, pool: web }"

    /// The sample with its check and its service written otherwise.
    private static func text(_ check: String, _ service: String = Self.service) -> String {
        Sample.replacing("{ type: tcp }", with: check)
            .replacing(Self.service, with: service)
    }

    @Test func aCheckSaysItsWay() throws {
        let service = try Sample.load(Self.text("{ type: http, via: vip }")).intent.vips[0]
            .services[0]
        #expect(service.checks[0].check.via == .vip)
        let target = service.target(of: service.checks[0].check, for: service.backends[0])
        #expect("\(target)" == "10.20.0.11 by dr through 203.0.113.10:443")
        let plain = try Sample.load(Self.text("{ type: http, via: direct }")).intent.vips[0]
        #expect(plain.services[0].checks[0].check.via == .direct)
    }

    /// Defaults may ask for sentinels; a check through the VIP goes without.
    @Test func itHasNoSentinel() throws {
        let text = Self.text("{ type: tcp, via: vip }")
            .replacing("checks:\n", with: "checks:\n  defaults: { sentinel: true }\n")
        let check = try Sample.load(text).intent.vips[0].services[0].checks[0].check
        #expect(check.via == .vip && !check.hasSentinel)
    }

    @Test func theMarksAndTheSelfCheckAreRead() throws {
        let intent = try Sample.load().intent
        #expect(intent.ipvs.checkMarks == .usual && !intent.vips[0].hasSelfCheck)
        let text =
            Sample.replacing(
                "203.0.113.10\n",
                with: "203.0.113.10\n    advertise: { self-check: true }\n"
            )
            + "ipvs: { check-marks: 0x8000 }\n"
        let other = try Sample.load(text).intent
        #expect(other.ipvs.checkMarks == MarkRange(from: 0x8000) && other.vips[0].hasSelfCheck)
    }

    @Test(arguments: slips)
    func isRefused(slip: Slip) throws {
        #expect(try slip.rejection().description == slip.report)
    }

    static let slips: [Slip] = [
        Slip(
            "an echo by way of IPVS",
            "{ type: tcp }",
            becomes: "{ type: icmp, via: vip }",
            report: """
                p.yaml:6:24: error[C242]: a check of type `icmp` cannot go `via: vip`: IPVS passes \
                flows of TCP, UDP and SCTP on; an echo request to the VIP is answered by the \
                director itself
                    6 |   alive: { type: icmp, via: vip }
                      |                        ^~~
                      = help: leave `via` out, or use one of tcp, tls, http, https, dns and udp

                """
        ),
        Slip(
            "a sentinel through the VIP",
            "{ type: tcp }",
            becomes: "{ type: tcp, sentinel: true, via: vip }",
            report: """
                p.yaml:6:23: error[C118]: `sentinel` watches a connection to the real server \
                itself, so not `via: vip`
                    6 |   alive: { type: tcp, sentinel: true, via: vip }
                      |                       ^~~~~~~~
                      = help: give the service a second check, of type `tcp`, with the sentinel

                """
        ),
        Slip(
            "a mark of its own through the VIP",
            "{ type: tcp }",
            becomes: "{ type: tcp, mark: 7, via: vip }",
            report: """
                p.yaml:6:23: error[C118]: the `mark` of a check `via: vip` is chosen by penstock
                    6 |   alive: { type: tcp, mark: 7, via: vip }
                      |                       ^~~~
                      = help: leave it out; `ipvs.check-marks` says from which number on

                """
        ),
        Slip(
            "a mark among those of checks",
            "{ type: tcp }",
            becomes: "{ type: tcp, mark: 0x50003fff }",
            report: """
                p.yaml:6:3: error[C241]: the mark 1342193663 of the check `alive` is one of those \
                for checks via VIPs
                    6 |   alive: { type: tcp, mark: 0x50003fff }
                      |   ^~~~~
                      = help: those are 0x50000000 to 0x50003fff; choose another, or set \
                `ipvs.check-marks`

                """
        ),
        Slip(
            "packets that come from the VIP",
            "{ type: tcp }",
            becomes: "{ type: tcp, source: 203.0.113.10, via: vip }",
            report: """
                p.yaml:6:3: error[C242]: the check `alive` cannot come from 203.0.113.10, the VIP \
                at p.yaml:13:14: the real server has that address too, and would answer itself
                    6 |   alive: { type: tcp, source: 203.0.113.10, via: vip }
                      |   ^~~~~
                      = help: name an address of the director's own, or leave `source` out

                """
        ),
        Slip(
            "UDP through the VIP and NAT",
            text: text(
                "{ type: udp, send: x, via: vip }",
                "{ name: https, listen: 443/udp, pool: web, forward: nat }"
            ),
            report: """
                p.yaml:15:47: error[C242]: the check `alive` cannot go `via: vip` with `forward: \
                nat`: IPVS keeps an entry of every UDP flow for minutes, so that a later probe \
                from the same port would reach the server of an earlier one
                   15 |       - { name: https, listen: 443/udp, pool: web, forward: nat }
                      |                                               ^~~
                      = help: check UDP behind NAT at the servers' own addresses (`via: direct`)

                """
        ),
        Slip(
            "marks that do not begin where marks begin",
            text: Sample.text + "ipvs: { check-marks: 5 }\n",
            report: """
                p.yaml:16:22: error[C115]: `ipvs.check-marks` must be a multiple of 16384, not 5
                   16 | ipvs: { check-marks: 5 }
                      |                      ^
                      = help: the 16384 marks from there on are for checks: 0x50000000 to \
                0x50003fff

                """
        ),
        Slip(
            "a self-check that could not ask",
            text: text("{ type: tcp }", "{ name: https, listen: 443/udp, pool: web }")
                .replacing(
                    "203.0.113.10\n",
                    with: "203.0.113.10\n    advertise: { self-check: true }\n"
                ),
            report: """
                p.yaml:14:18: error[C242]: `self-check` cannot ask the service `https`: none of \
                its checks speaks udp at port 443
                   14 |     advertise: { self-check: true }
                      |                  ^~~~~~~~~~
                      = help: give it such a check (udp or dns for UDP), or `gate: false`

                """
        ),
    ]
}

extension String {
    /// This text with the first `part` replaced; a part that is not there fails the test.
    fileprivate func replacing(_ part: String, with new: String) -> String {
        guard let range = firstRange(of: part) else {
            Issue.record("the text does not contain \(part)")
            return self
        }
        return self[..<range.lowerBound] + new + self[range.upperBound...]
    }
}
