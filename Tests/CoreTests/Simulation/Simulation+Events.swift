import Core
import Net
import TestSupport

// What happens to a simulated director from outside.

extension Simulation {
    mutating func tickWire() {
        // Peers are told one by one, and bgpd may be late to say what they were told.
        for peer in SimulatedWorld.peers where operators.chance(70) {
            world.tickWire(to: [peer])
            if operators.chance(70) {
                world.silentPeers.remove(peer)
            } else {
                world.silentPeers.insert(peer)
            }
        }
    }

    /// A session ends, and with it what the peer was sent; or one begins.
    mutating func flipPeer() {
        let peer = operators.pick(SimulatedWorld.peers)
        note("peer \(peer) flips")
        if world.downSince[peer] == nil { world.lose(peer) } else { world.regain(peer) }
    }

    mutating func flipBackend() {
        let endpoint = Endpoint(
            Operator.backend(Int.random(in: 0..<12, using: &operators.generator)).address,
            operators.pick([80, 443])
        )
        note("real server \(endpoint) flips")
        if world.alive.remove(endpoint) == nil { world.alive.insert(endpoint) }
    }

    /// The director's own uplink is cut, or comes back.
    mutating func toggleCut() {
        note("the uplink is \(world.isCut ? "back" : "cut")")
        world.isCut.toggle()
    }

    mutating func reload() {
        intent = operators.edit(intent)
        note("reload: \(intent.vips.map { "\($0.name)" })")
        director.asked(for: .reload(intent), at: now)
        told = told.filter { director.targets.contains($0.key) }
        heard = heard.filter { director.targets.contains($0.key) }
    }

    /// The process is killed, perhaps in the middle of a batch, and starts again.
    mutating func restart() {
        note("restart")
        underWay = [:]
        listing = nil
        pinged = nil
        told = [:]
        heard = [:]
        asides = [:]
        lookedWell = []
        isTableUnseen = true
        drainedSince = [:]
        lastOut = [:]
        // A file that cannot be looked at is told of later, whatever it says.
        isFileUntold = Int.random(in: 0..<100, using: &liar) < 30
        director = Director(
            intent: intent,
            overrides: overrides,
            standingDrains: isFileUntold ? [:] : fileDrain.map { [.file: $0] } ?? [:],
            awaitsDrainFile: isFileUntold,
            now: now
        )
    }

    mutating func toggleOutage() {
        let plane = operators.pick(PlaneName.allCases)
        note("outage of \(plane) toggles")
        if world.broken.remove(plane) == nil { world.broken.insert(plane) }
    }

    mutating func ebbAndFlow() {
        for key in world.services.keys.sorted() {
            world.packets[key, default: 0] += UInt64(
                operators.pick([0, 0, 0, 1000])
            )
            for endpoint in world.services[key]?.destinations.keys.sorted() ?? [] {
                world.connections[key, default: [:]][endpoint] = operators.pick([0, 0, 3])
            }
        }
    }

    /// Somebody changes a plane by hand.
    mutating func tamper() {
        let plane = operators.pick(PlaneName.allCases)
        tampered[plane, default: 0] += 1
        note("tampering with \(plane)")
        let address = Operator.vip(Int.random(in: 0..<4, using: &operators.generator))
        let key = ServiceKey(address, ServiceID(.tcp, operators.pick([80, 443])))
        // With `ipvs.manage: listed`, what tells that a service at an unconfigured address was
        // ours is that its address is on our link.
        if plane != .bgp { orphans.insert(address) }
        switch (plane, Int.random(in: 0..<6, using: &operators.generator)) {
        case (.link, 0): world.addresses.insert(address)
        case (.link, 1): world.isSettingRight = false
        case (.link, 2): world.isLinkUp = false
        case (.link, 3) where !world.masquerades.isEmpty: world.masquerades = []
        case (.link, _): world.addresses.remove(address)
        case (.ipvs, 0):
            world.services = [Self.foreignService: Self.foreignSlice]
        case (.ipvs, 1):
            world.services[key, default: ServiceSlice(scheduling: nil)]
                .destinations[Operator.backend(20)] =
                DestinationSlice(forwarding: .tunnel, weight: 1)
        case (.ipvs, 2):
            for endpoint in world.services[key]?.destinations.keys.sorted().prefix(1) ?? [] {
                world.services[key]?.destinations[endpoint]?.weight = operators.pick([0, 9])
            }
        case (.ipvs, 3):
            for endpoint in world.services[key]?.destinations.keys.reversed().prefix(1) ?? [] {
                guard let slice = world.services[key]?.destinations[endpoint] else { continue }
                world.services[key]?.destinations.moveToFront(endpoint, slice)
            }
        case (.ipvs, 4):
            for endpoint in world.services[key]?.destinations.keys.shuffled(
                using: &operators.generator
            ).prefix(1) ?? [] {
                world.services[key]?.destinations[endpoint] = nil
            }
        case (.ipvs, _): world.services[key]?.scheduling = nil
        case (.bgp, 0), (.bgp, 1):
            world.networks.insert(Prefix(host: address))
            world.forms[Prefix(host: address)] = operators.pick([
                nil, Announcement(foreignForm: "HAND"), Announcement(.soft),
            ])
        case (.bgp, _): world.networks.remove(Prefix(host: address))
        }
    }
}
