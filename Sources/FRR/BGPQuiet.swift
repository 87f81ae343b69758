import Net

/// Whether bgpd has anything left to tell its peers.
///
/// bgpd changes a path at once when its `network` statement changes, chooses the best paths 50 ms
/// later from a queue, hands them to a list for each group of peers, and makes packets from that
/// (bgpd/bgp_route.c `bgp_process`, bgpd/bgp_updgrp_adv.c `bgp_adj_out_set_subgroup`,
/// bgpd/bgp_updgrp_packet.c `subgroup_update_packet`). Versions do not prove that this is over: a
/// path has its new attributes while it still has its old version, and the `tableVersion` of a peer
/// is 0 for ever in FRR 8.4 and 10.6. But when, after the configuration was read, the queue was
/// seen empty, and after that a peer's list and packets were, the peer has been sent all of it.
struct BGPQuiet: Hashable, Sendable {
    /// True when the queue of paths to choose from is empty.
    static func isProcessed(workQueues text: String) -> Bool? {
        // `P    Items  Hold …  Name` is the head; the names differ by version and instance:
        // `process_queue (null)`, `process_queue VRF default`, `process_main_queue`.
        var isProcessed: Bool?
        for line in text.split(separator: "\n") {
            let words = line.split(separator: " ")
            guard words.contains(where: { $0.hasPrefix("process_") }) else { continue }
            let numbers = words.first == "P" ? words.dropFirst() : words[...]
            guard let items = numbers.first.flatMap({ Int($0) }) else { return nil }
            isProcessed = (isProcessed ?? true) && items == 0
        }
        return isProcessed
    }

    /// The peers whose group has nothing left to be sent.
    static func settledPeers(updateGroups text: String) -> Set<PeerName> {
        var settled: Set<PeerName> = []
        var isEmpty = false
        var hasPackets = true
        for line in text.split(separator: "\n") {
            let words = line.split(separator: " ")
            if words.starts(with: ["Update-subgroup"]) {
                (isEmpty, hasPackets) = (false, true)
            } else if words.starts(with: ["Packet", "queue", "length:"]) {
                hasPackets = words.last != "0"
            } else if words.starts(with: ["Advertise", "list:"]) {
                // Otherwise it says `not empty`.
                isEmpty = words.count == 3 && words.last == "empty"
            } else if words.first == "-", words.count > 1, isEmpty, !hasPackets {
                do {
                    settled.insert(try PeerName(parsing: String(words[1])))
                } catch {
                    // A name that we cannot say is no peer of ours, and is never settled.
                    continue
                }
            }
        }
        return settled
    }
}
