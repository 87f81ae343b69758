import Net

extension Director {
    /// The link plane was looked at: these services are masqueraded, or it cannot be said which.
    mutating func see(masqueraded: Set<ServiceKey>?, isFirst: Bool, at now: Moment) {
        // A failed look is not an empty look: what was believed stays.
        guard let masqueraded else { return }
        var byAddress: [IPAddress: Set<ServiceID>] = [:]
        for key in masqueraded where isOurs(Prefix(host: key.address)) {
            byAddress[key.address, default: []].insert(key.id)
            track(key.address, by: intent.bgp.mainSpeaker.name, at: now)
        }
        for address in tracks.keys {
            let seen = byAddress[address] ?? []
            guard let before = tracks[address]?.sight.slice.masqueraded, before != seen else {
                continue
            }
            if !isFirst { noteDrift(of: address, .link, "the masquerade is not as it was left") }
            tracks[address]?.sight.slice.masqueraded = seen
            dirty.insert(address)
        }
    }
}
