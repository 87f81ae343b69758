internal import Core
internal import Daemon
internal import Net

// The way of a VIP to routers, read for people.

extension Office {
    /// What each place on the way of `vip` says now; nothing for an address that no speaker of the
    /// configuration announces.
    func path(of vip: VIPStatus) async -> [GateStatus] {
        let bgp = duty.latest.director.intent.bgp
        // A picture leaves the name out where there is only one.
        let speaker = vip.speaker.map { text in bgp.speakers.first { $0.name.text == text } }
        guard let name = (speaker ?? bgp.mainSpeaker)?.name, let address = IPAddress(vip.address)
        else { return [] }
        return await duty.evidence(of: address, by: name).map(GateStatus.init)
    }
}
