internal import Core
internal import Net
internal import Settings

/// The keys that a reload cannot change, because the planes were built with what they said.
///
/// A restart is neutral: it loses no request and writes nothing that is right already.
enum RestartOnly {
    /// Those in which `new` differs from `old`, as they are spelled in the file.
    static func keys(from old: Settings.Loaded, to new: Settings.Loaded) -> [String] {
        var keys = bgpKeys(from: old.intent.bgp, to: new.intent.bgp)
        if old.intent.ipvs.interface != new.intent.ipvs.interface { keys.append("ipvs.interface") }
        if old.control != new.control { keys.append("control") }
        return keys
    }

    private static func bgpKeys(from old: BGPPolicy, to new: BGPPolicy) -> [String] {
        var keys: [String] = []
        let (before, after) = (Set(old.speakers.map(\.name)), Set(new.speakers.map(\.name)))
        if before == after {
            for speaker in old.speakers {
                guard let other = new[speaker.name] else { continue }
                keys += speakerKeys(from: speaker, to: other)
            }
        } else {
            keys.append("bgp.speakers")
        }
        if old.ownedPrefixes != new.ownedPrefixes { keys.append("bgp.owned-prefixes") }
        if old.kernelRoute != new.kernelRoute { keys.append("bgp.kernel-route") }
        return keys
    }

    private static func speakerKeys(from old: Speaker, to new: Speaker) -> [String] {
        let section = old.name == Speaker.usualName ? "bgp" : "bgp.speakers.\(old.name)"
        var keys: [String] = []
        if old.asn != new.asn { keys.append("asn") }
        if old.vtySocket != new.vtySocket { keys.append("vty-socket") }
        if old.vrf != new.vrf { keys.append("vrf") }
        if old.method != new.method { keys.append("method") }
        if old.pipeline != new.pipeline { keys.append("pipeline") }
        return keys.map { "\(section).\($0)" }
    }
}
