package import Net

/// One idempotent step towards what is wanted.
///
/// The changes of a round may be applied in any order, each may fail, and the process may be
/// killed between any two: what makes that safe is that each was decided on what had been *seen*.
/// Only those of one service keep their order, because the order of its destinations comes of it.
package enum Change: Hashable, Sendable {
    /// Put the address on our link.
    case bind(IPAddress)
    /// Take the address off our link.
    case unbind(IPAddress)
    /// Give a kernel setting this number; the name is that of a `SettingReading`.
    case set(String, to: Int)
    /// Have packets of the service go on with the director's own address.
    case masquerade(ServiceKey)
    /// Have them go on with the client's address again.
    case unmasquerade(ServiceKey)
    case addService(ServiceKey, Scheduling)
    case updateService(ServiceKey, Scheduling)
    /// Remove a service with every destination it has.
    case removeService(ServiceKey)
    /// Add a destination.
    ///
    /// One that starts without weight is introduced at its nominal weight and set to 0 in the same
    /// send: `mh` gives slots by the last weight that was not 0, so a destination added at 0 would
    /// have none, and two directors that differ only in that disagree about a tenth of all flows.
    case addDestination(ServiceKey, Endpoint, Forwarding, weight: Int, nominal: Int)
    case updateDestination(ServiceKey, Endpoint, Forwarding, weight: Int)
    /// Bring a destination to the front of the kernel's list.
    ///
    /// The kernel has no such thing, so it is removed and introduced as a new one, in one send: the
    /// connections of a destination that is away for longer are cut by `expire_nodest_conn`.
    case moveDestination(ServiceKey, Endpoint, Forwarding, weight: Int, nominal: Int)
    case removeDestination(ServiceKey, Endpoint)
    /// Have packets with a mark of ours reach one real server and no other.
    case addPath(MarkKey, ProbePath)
    /// Remove the service with this mark and whatever destinations it has.
    case removePath(MarkKey)
    /// Have the speaker originate the host prefix of the address in this form, whether it does so
    /// in another one or not at all.
    case announce(IPAddress, Announcement, by: Name)
    /// Have the speaker stop originating it.
    case withdraw(IPAddress, by: Name)
    /// Remove a route-map of ours that nothing uses any more.
    case discard(routeMap: String, by: Name)

    /// Who carries it out.
    package var post: Post {
        if let speaker { return .speaker(speaker) }
        return plane == .link ? .link : .ipvs
    }

    /// The plane that carries it out.
    package var plane: PlaneName {
        switch self {
        case .bind, .unbind, .set, .masquerade, .unmasquerade: .link
        case .addService, .updateService, .removeService, .addDestination, .updateDestination,
            .moveDestination, .removeDestination, .addPath, .removePath:
            .ipvs
        case .announce, .withdraw, .discard: .bgp
        }
    }

    /// The address it is about; `nil` for a setting, the path of a probe and a route-map, which are
    /// the whole director's.
    package var address: IPAddress? {
        switch self {
        case .bind(let address), .unbind(let address), .announce(let address, _, _),
            .withdraw(let address, _):
            address
        case .set, .discard, .addPath, .removePath: nil
        case .masquerade(let key), .unmasquerade(let key): key.address
        case .addService(let key, _), .updateService(let key, _), .removeService(let key),
            .addDestination(let key, _, _, _, _), .updateDestination(let key, _, _, _),
            .moveDestination(let key, _, _, _, _), .removeDestination(let key, _):
            key.address
        }
    }
}

extension Change {
    /// The service it is about, or the service of the destination; `nil` on other planes.
    package var service: ServiceKey? {
        guard let address, let id = subject.service else { return nil }
        return ServiceKey(address, id)
    }

    /// What a change is about, as far as one can fail without another.
    package struct Subject: Hashable, Sendable {
        /// The plane.
        package let plane: PlaneName
        /// The service of the address, if it is about one.
        package let service: ServiceID?
        /// The destination of that service, if it is about one.
        package let endpoint: Endpoint?
        /// The speaker, if it is about a route.
        package let speaker: Name?

        init(
            plane: PlaneName,
            service: ServiceID? = nil,
            endpoint: Endpoint? = nil,
            speaker: Name? = nil
        ) {
            self.plane = plane
            self.service = service
            self.endpoint = endpoint
            self.speaker = speaker
        }
    }

    /// The speaker that carries it out; `nil` on other planes.
    package var speaker: Name? { subject.speaker }

    /// What it is about.
    package var subject: Subject {
        switch self {
        case .bind, .unbind, .set, .addPath, .removePath: Subject(plane: plane)
        case .announce(_, _, let speaker), .withdraw(_, let speaker), .discard(_, let speaker):
            Subject(plane: plane, speaker: speaker)
        case .masquerade(let key), .unmasquerade(let key):
            Subject(plane: plane, service: key.id)
        case .addService(let key, _), .updateService(let key, _), .removeService(let key):
            Subject(plane: plane, service: key.id)
        case .addDestination(let key, let endpoint, _, _, _),
            .updateDestination(let key, let endpoint, _, _),
            .moveDestination(let key, let endpoint, _, _, _),
            .removeDestination(let key, let endpoint):
            Subject(plane: plane, service: key.id, endpoint: endpoint)
        }
    }
}

extension Change: CustomStringConvertible {
    package var description: String {
        switch self {
        case .bind(let address): "bind \(address)"
        case .unbind(let address): "unbind \(address)"
        case .set(let name, let number): "set \(name) to \(number)"
        case .masquerade(let key): "masquerade \(key)"
        case .unmasquerade(let key): "stop masquerading \(key)"
        case .addService(let key, let scheduling):
            "add service \(key) \(scheduling.scheduler.rawValue)"
        case .updateService(let key, let scheduling):
            "update service \(key) \(scheduling.scheduler.rawValue)"
        case .removeService(let key): "remove service \(key)"
        case .addDestination(let key, let endpoint, let forwarding, let weight, _):
            "add \(endpoint) to \(key) (\(forwarding.rawValue), weight \(weight))"
        case .updateDestination(let key, let endpoint, let forwarding, let weight):
            "update \(endpoint) of \(key) (\(forwarding.rawValue), weight \(weight))"
        case .moveDestination(let key, let endpoint, _, let weight, _):
            "move \(endpoint) to the front of \(key) (weight \(weight))"
        case .removeDestination(let key, let endpoint): "remove \(endpoint) from \(key)"
        case .addPath(let key, let path): "add the path of checks to \(path) (\(key))"
        case .removePath(let key): "remove the path of checks with \(key)"
        case .announce(let address, let announcement, let speaker):
            "announce \(Prefix(host: address))\(announcement.remark)\(speaker.remark)"
        case .withdraw(let address, let speaker):
            "withdraw \(Prefix(host: address))\(speaker.remark)"
        case .discard(let routeMap, let speaker): "discard route-map \(routeMap)\(speaker.remark)"
        }
    }
}

extension Announcement {
    /// What a text about a route adds to say its form; nothing for a plain one.
    fileprivate var remark: String { self == Announcement() ? "" : " (\(self))" }
}

extension Name {
    /// What a text about a route adds to say its speaker; nothing for the only one.
    fileprivate var remark: String { self == .usual ? "" : " at \(self)" }
}

/// What tells IPVS services with an address apart on one director.
package struct ServiceKey: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// The address clients connect to.
    package let address: IPAddress
    /// The protocol and port there.
    package let id: ServiceID

    /// The service `id` at `address`.
    package init(_ address: IPAddress, _ id: ServiceID) {
        self.address = address
        self.id = id
    }

    package static func < (left: Self, right: Self) -> Bool {
        (left.address, left.id) < (right.address, right.id)
    }

    package var description: String { "\(Endpoint(address, id.port))/\(id.transport)" }
}
