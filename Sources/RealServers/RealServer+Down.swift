package import Core
import Link
package import Net

extension RealServer {
    /// Takes back what `up` did for `vips`, or for all of them when there are none.
    ///
    /// Links and settings are put back once the last VIP is gone. What was there before, or was
    /// changed by somebody else since, is left alone, and said.
    package func down(_ vips: [IPAddress]) async throws(Fault) -> [Event] {
        let remembered = try file.load()
        var memory = remembered ?? Memory()
        do {
            var events = try await removeAddresses(vips, &memory)
            guard memory.addresses.isEmpty else { return events }
            events += try await removeLinks(&memory)
            events += try restoreSettings(&memory)
            if remembered == nil, !events.isEmpty {
                let what = "restore kernel settings and links"
                events.append(Event(what, leftBecause: "\(file.path) is not there to tell"))
            }
            return events
        } catch let error as LinkError {
            throw Fault(error)
        } catch let fault as Fault {
            throw fault
        } catch {
            preconditionFailure("this fails with an error of the link or of the memory: \(error)")
        }
    }

    private func removeAddresses(
        _ vips: [IPAddress],
        _ memory: inout Memory
    ) async throws -> [Event] {
        var events: [Event] = []
        let isAsked = { (vip: IPAddress) in vips.isEmpty || vips.contains(vip) }
        for entry in memory.addresses {
            guard let vip = IPAddress(entry.address), isAsked(vip) else { continue }
            if let name = LinkName(entry.link), try await links.remove(vip, from: name) == .done {
                events.append(Event("remove \(Prefix(host: vip)) from \(name)"))
            }
            memory.addresses.removeAll { $0 == entry }
            try file.save(memory)
        }
        // Those that the memory does not know: ours by their mark, or somebody else's.
        for link in try await links.observe() {
            for seen in link.addresses where isAsked(seen.address) {
                let prefix = "\(seen.address)/\(seen.prefixLength)"
                let text = "remove \(prefix) from \(link.name)"
                guard seen.isOurs, seen.prefixLength == seen.address.family.bitWidth,
                    let name = LinkName(link.name)
                else {
                    guard !vips.isEmpty else { continue }
                    let fix = "ip address del \(prefix) dev \(link.name)"
                    events.append(Event(text, leftBecause: "penstock did not add it: \(fix)"))
                    continue
                }
                guard !memory.holds(seen.address, on: link.name) else { continue }
                if try await links.remove(seen.address, from: name) == .done {
                    events.append(Event(text))
                }
            }
        }
        return events
    }

    private func removeLinks(_ memory: inout Memory) async throws -> [Event] {
        var events: [Event] = []
        for entry in memory.links.reversed() {
            if let name = LinkName(entry.name) {
                // One that was only set up may have gone with its module.
                let isThere = try await links.observe().contains { $0.name == entry.name }
                if isThere, entry.isMade {
                    _ = try await links.remove(name)
                    events.append(Event("remove the link \(name)"))
                } else if isThere {
                    try await links.set(name, up: false)
                    events.append(Event("set down the link \(name)"))
                }
            }
            memory.links.removeAll { $0 == entry }
            try file.save(memory)
        }
        return events
    }

    private func restoreSettings(_ memory: inout Memory) throws -> [Event] {
        var events: [Event] = []
        for undo in memory.settings.reversed() {
            let text = "set \(undo.name) back to \(undo.before)"
            guard isKnown(undo) else {
                throw Fault(
                    code: "K344",
                    summary: "\(file.path) names a file that is never written: \(undo.path)",
                    because: "only arp_ignore, arp_announce and rp_filter of a link are",
                    fix: "remove that entry from \(file.path)"
                )
            }
            switch try undo.carryOut() {
            case .done: events.append(Event(text))
            case .already: break
            case .changed(let now):
                events.append(Event(text, leftBecause: "somebody set it to \(now) since"))
            }
            memory.settings.removeAll { $0 == undo }
            try file.save(memory)
        }
        return events
    }

    /// A memory that somebody edited must not make us write anywhere else.
    private func isKnown(_ undo: Sysctl.Undo) -> Bool {
        let prefix = "\(root)/net/ipv4/conf/"
        guard undo.path.hasPrefix(prefix) else { return false }
        let parts = undo.path.dropFirst(prefix.count)
            .split(separator: "/", omittingEmptySubsequences: false)
        return parts.count == 2 && LinkName(String(parts[0])) != nil
            && ["arp_ignore", "arp_announce", "rp_filter"].contains(parts[1])
    }
}

extension Memory {
    fileprivate func holds(_ vip: IPAddress, on link: String) -> Bool {
        addresses.contains { $0.address == "\(vip)" && $0.link == link }
    }
}
