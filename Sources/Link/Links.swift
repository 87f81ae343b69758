package import Net
package import Netlink

/// The links of a network namespace with their addresses, for whoever prepares a real server.
///
/// Nothing is remembered between calls: each looks the link up by its name, for somebody else may
/// remove a link and make it again at any time.
package struct Links: Sendable {
    /// One link as seen.
    package struct Seen: Hashable, Sendable {
        /// Its name.
        package var name: String
        /// The driver's own word, such as `ipip`; `nil` for hardware and for the loopback.
        package var kind: String?
        /// Whether it is up.
        package var isUp: Bool
        /// Whether it is the loopback.
        package var isLoopback: Bool
        /// Whether the kernel answers ARP on it.
        package var hasARP: Bool
        /// Its addresses, whatever their scope.
        package var addresses: Set<Address>

        /// A link of these parts.
        package init(
            name: String,
            kind: String? = nil,
            isUp: Bool = true,
            isLoopback: Bool = false,
            hasARP: Bool = true,
            addresses: Set<Address> = []
        ) {
            self.name = name
            self.kind = kind
            self.isUp = isUp
            self.isLoopback = isLoopback
            self.hasARP = hasARP
            self.addresses = addresses
        }
    }

    /// One address of a link as seen.
    package struct Address: Hashable, Sendable {
        /// The address.
        package var address: IPAddress
        /// The length of its prefix in bits; less than all of them makes a network local.
        package var prefixLength: Int
        /// Whether it carries our mark: our label (IPv4), or our number (since Linux 5.18).
        package var isOurs: Bool

        /// An address of these parts.
        package init(_ address: IPAddress, prefixLength: Int, isOurs: Bool = false) {
            self.address = address
            self.prefixLength = prefixLength
            self.isOurs = isOurs
        }
    }

    /// What became of a wish that something should be there, or be gone.
    package enum Outcome: Hashable, Sendable {
        /// It was done.
        case done
        /// It was so already, or somebody else did it meanwhile.
        case already
    }

    private let exchange: any Exchange

    /// The links of the network namespace that `exchange`, over rtnetlink, speaks of.
    package init(over exchange: any Exchange) { self.exchange = exchange }

    /// The links of the network namespace of this process.
    package static func live() -> Links { Links(over: NetlinkChannel(.route)) }

    /// All links, sorted by name.
    package func observe() async throws(LinkError) -> [Seen] {
        let attempted = "list the links and their addresses"
        let links = try await dump(LinkDescription.getAll(), attempting: attempted) {
            message throws(NetlinkError) in try LinkDescription(message)
        }
        let addresses = try await dump(AddressDescription.getAll(), attempting: attempted) {
            message throws(NetlinkError) in try AddressDescription(message)
        }
        let byLink = Dictionary(grouping: addresses, by: \.link)
        return links.map { link in
            Seen(
                name: link.name,
                kind: link.kind,
                isUp: link.isUp,
                isLoopback: link.isLoopback,
                hasARP: link.hasARP,
                addresses: Set((byLink[link.index] ?? []).map { Address($0) })
            )
        }
        .sorted { $0.name < $1.name }
    }

    /// Makes a link of this kind, and sets it up.
    ///
    /// The kernel loads the module of a kind it does not know, and that of a tunnel brings a link
    /// of its own, which takes all packets that no other takes; where it has the name asked for,
    /// the answer is `already`.
    package func make(_ name: LinkName, kind: String) async throws(LinkError) -> Outcome {
        try await request(
            LinkDescription.create(name, kind: kind),
            attempting: "make the link \(name) of the kind \(kind)",
            alsoGood: [.exists]
        )
    }

    /// Sets a link up, or down.
    package func set(_ name: LinkName, up: Bool) async throws(LinkError) {
        let attempted = "set \(up ? "up" : "down") the link \(name)"
        let index = try await index(of: name, attempting: attempted)
        let message = up ? LinkDescription.setUp(index) : LinkDescription.setDown(index)
        _ = try await request(message, attempting: attempted, alsoGood: [])
    }

    /// Removes a link.
    package func remove(_ name: LinkName) async throws(LinkError) -> Outcome {
        let attempted = "remove the link \(name)"
        let index: Int32
        do throws(LinkError) {
            index = try await self.index(of: name, attempting: attempted)
        } catch {
            guard error.reason == .noLink else { throw error }
            return .already
        }
        return try await request(
            LinkDescription.delete(index),
            attempting: attempted,
            alsoGood: [.noDevice]
        )
    }

    /// Adds a VIP to a link of a real server: of full length, silent, with our mark.
    package func add(_ vip: IPAddress, to name: LinkName) async throws(LinkError) -> Outcome {
        let attempted = "add \(vip) to the link \(name)"
        let index = try await index(of: name, attempting: attempted)
        return try await request(
            HostAddress(address: vip, link: index, linkName: name).add(),
            attempting: attempted,
            alsoGood: [.exists]
        )
    }

    /// Removes a VIP of full length from a link.
    package func remove(_ vip: IPAddress, from name: LinkName) async throws(LinkError) -> Outcome {
        let attempted = "remove \(vip) from the link \(name)"
        let index: Int32
        do throws(LinkError) {
            index = try await self.index(of: name, attempting: attempted)
        } catch {
            guard error.reason == .noLink else { throw error }
            return .already
        }
        return try await request(
            HostAddress(address: vip, link: index, linkName: name).remove(),
            attempting: attempted,
            alsoGood: [.addressNotAvailable, .noDevice]
        )
    }

    private func index(
        of name: LinkName,
        attempting attempted: String
    ) async throws(LinkError) -> Int32 {
        do throws(NetlinkError) {
            let replies = try await exchange.request(LinkDescription.get(name))
            guard let reply = replies.first, let link = try LinkDescription(reply) else {
                throw .malformed("a request for a link without an answer")
            }
            return link.index
        } catch {
            guard case .refused(.noDevice, _) = error else {
                throw LinkError(attempted: attempted, reason: .netlink(error))
            }
            throw LinkError(attempted: attempted, reason: .noLink)
        }
    }

    private func request(
        _ message: Message,
        attempting attempted: String,
        alsoGood: Set<Errno>
    ) async throws(LinkError) -> Outcome {
        do throws(NetlinkError) {
            _ = try await exchange.request(message)
            return .done
        } catch {
            guard case .refused(let errno, _) = error, alsoGood.contains(errno) else {
                throw LinkError(attempted: attempted, reason: .netlink(error))
            }
            return .already
        }
    }

    /// The whole of a list, read again when it changed under way.
    private func dump<Entry>(
        _ request: Message,
        attempting attempted: String,
        _ decode: (Message) throws(NetlinkError) -> Entry?
    ) async throws(LinkError) -> [Entry] {
        for _ in 0..<DirectorLink.attempts {
            do throws(NetlinkError) {
                var entries: [Entry] = []
                for message in try await exchange.request(request) {
                    if let entry = try decode(message) { entries.append(entry) }
                }
                return entries
            } catch {
                guard case .interrupted = error else {
                    throw LinkError(attempted: attempted, reason: .netlink(error))
                }
            }
        }
        throw LinkError(attempted: attempted, reason: .netlink(.interrupted))
    }
}

extension Links.Address {
    /// The address that the kernel describes.
    init(_ seen: AddressDescription) {
        self.init(
            seen.address,
            prefixLength: Int(seen.prefixLength),
            isOurs: HostAddress.isOurs(seen)
        )
    }
}
