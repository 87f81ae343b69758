import Core
import Net
import Settings
import Testing

/// `snat`, and kernel settings by name.
@Suite struct ForwardingTests {
    private static let sample = "{ name: https, listen: 443/tcp, pool: web }"

    private func service(_ text: String, defaults: String = "") throws -> VirtualService {
        let text = Sample.replacing(Self.sample, with: text) + defaults
        return try #require(try Sample.load(text).intent.vips.first?.services.first)
    }

    @Test func aServiceWithNATMayTranslateTheSource() throws {
        let service = try service(
            "{ name: s, listen: 443/tcp, pool: web, forward: nat, snat: true }"
        )
        #expect(service.hasSourceNAT && service.forwarding == .masquerade)
        #expect(try self.service(Self.sample).hasSourceNAT == false)
    }

    /// A default is for the services that can have it; the others go on without.
    @Test func aDefaultConcernsTheServicesItCan() throws {
        let defaults = "ipvs: { defaults: { snat: true } }\n"
        #expect(try service(Self.sample, defaults: defaults).hasSourceNAT == false)
        let nat = "{ name: s, listen: 443/tcp, pool: web, forward: nat }"
        #expect(try service(nat, defaults: defaults).hasSourceNAT)
        let not = "{ name: s, listen: 443/tcp, pool: web, forward: nat, snat: false }"
        #expect(try service(not, defaults: defaults).hasSourceNAT == false)
    }

    @Test(arguments: ["dr", "tun"])
    func withoutNATThereIsNothingToTranslate(forward: String) throws {
        let text = "{ name: s, listen: 443/tcp, pool: web, forward: \(forward), snat: true }"
        do throws(Rejection) {
            _ = try Sample.load(Sample.replacing(Self.sample, with: text))
            Issue.record("took snat with \(forward)")
        } catch {
            #expect(error.problems.map(\.code.rawValue) == ["C118"])
            #expect("\(error)".contains("answer clients directly"))
        }
    }

    @Test func aSinglePacketHasNoConnectionToTranslate() throws {
        let text =
            "{ name: s, listen: 443/udp, pool: web, forward: nat, scheduler: rr, flags: [ops], "
            + "snat: true }"
        do throws(Rejection) {
            _ = try Sample.load(Sample.replacing(Self.sample, with: text))
            Issue.record("took snat with ops")
        } catch {
            #expect(error.problems.map(\.code.rawValue) == ["C118"])
        }
    }

    @Test func settingsAreTakenByNameAndRange() throws {
        let text = Sample.text + "ipvs: { sysctls: { net.ipv4.vs.conn_reuse_mode: 3 } }\n"
        #expect(try Sample.load(text).intent.ipvs.sysctls == ["net.ipv4.vs.conn_reuse_mode": 3])
        for (wrong, code) in [
            ("net.ipv4.vs.conn_reuse_mode: 4", "C115"), ("net.ipv4.vs.sloppy_tcp: yes", "C115"),
            ("kernel.panic: 1", "C110"), ("net.ipv4.vs.sync_threshold: 3", "C110"),
        ] {
            do throws(Rejection) {
                _ = try Sample.load(Sample.text + "ipvs: { sysctls: { \(wrong) } }\n")
                Issue.record("took \(wrong)")
            } catch {
                #expect(error.problems.map(\.code.rawValue) == [code], "\(wrong)")
            }
        }
    }
}
