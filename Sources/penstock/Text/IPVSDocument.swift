internal import Foundation
package import IPVS
internal import Net

/// The table as JSON, with everything the kernel says of it.
///
/// The keys are part of the command's contract, which `LoneDirector.md` documents: some may come,
/// none goes or changes its meaning. Rates are per second; bytes are bytes.
package struct IPVSDocument: Encodable, Sendable {
    let version: String
    let connectionTableSize: UInt32
    let services: [Service]

    /// The document of this table, in its order.
    package init(_ table: IPVS.Table, info: Info) {
        version = info.versionText
        connectionTableSize = info.connectionTableSize
        services = table.entries.map(Service.init)
    }

    /// The JSON text, with keys in order.
    package var text: String {
        get throws {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
            return String(decoding: try encoder.encode(self), as: UTF8.self)
        }
    }

    struct Service: Encodable {
        /// `tcp`, `udp` or `sctp`; absent for a service by mark, as are `address` and `port`.
        let `protocol`: String?
        let address: String?
        let port: UInt16?
        /// Absent for a service by address.
        let mark: UInt32?
        /// 4 or 6.
        let family: UInt8
        let scheduler: String
        /// The scheduler's flags, by name.
        let flags: [String]
        let onePacket: Bool
        /// Absent when clients do not stay with their server.
        let persistence: Persistence?
        let engine: String?
        let total: Counters
        let rate: Counters
        let destinations: [Destination]

        init(_ entry: IPVS.Table.Entry) {
            let service = entry.service.service
            switch service.identity {
            case .address(let address, let transport, let port):
                self.protocol = "\(transport)"
                self.address = "\(address)"
                self.port = port.number
                mark = nil
            case .mark(let mark, _):
                self.protocol = nil
                address = nil
                port = nil
                self.mark = mark
            }
            family = service.identity.family.rawValue
            scheduler = "\(service.scheduler)"
            flags = service.flags.subtracting(.onePacket).names(scheduler: service.scheduler)
            onePacket = service.flags.contains(.onePacket)
            persistence = service.persistence.map {
                Persistence(timeout: $0.timeout, prefixLength: $0.granularity)
            }
            engine = service.engine
            total = Counters(entry.service.statistics.total)
            rate = Counters(entry.service.statistics.rate)
            destinations = entry.destinations.map(Destination.init)
        }
    }

    struct Persistence: Encodable {
        /// Seconds.
        let timeout: UInt32
        /// -1 for a mask that is not a prefix.
        let prefixLength: Int
    }

    struct Destination: Encodable {
        let address: String
        let port: UInt16
        /// `nat`, `local`, `tunnel`, `dr`, `bypass` or the kernel's number.
        let forward: String
        /// Only with `tunnel`.
        let tunnel: Tunnel?
        let weight: Int
        let upperThreshold: UInt32
        let lowerThreshold: UInt32
        let activeConnections: UInt32
        let inactiveConnections: UInt32
        let persistentConnections: UInt32
        let total: Counters
        let rate: Counters

        init(_ observed: ObservedDestination) {
            let destination = observed.destination
            address = "\(destination.endpoint.address)"
            port = destination.endpoint.port.number
            var tunnel: Tunnel?
            switch destination.forwarding {
            case .masquerade: forward = "nat"
            case .local: forward = "local"
            case .tunnel(let wrapping):
                forward = "tunnel"
                tunnel = Tunnel(wrapping)
            case .directRouting: forward = "dr"
            case .bypass: forward = "bypass"
            case .unknown(let number): forward = "\(number)"
            }
            self.tunnel = tunnel
            weight = destination.weight
            upperThreshold = destination.upperThreshold
            lowerThreshold = destination.lowerThreshold
            activeConnections = observed.connections.active
            inactiveConnections = observed.connections.inactive
            persistentConnections = observed.connections.persistent
            total = Counters(observed.statistics.total)
            rate = Counters(observed.statistics.rate)
        }
    }

    struct Tunnel: Encodable {
        /// `ipip`, `gue`, `gre` or the kernel's number.
        let type: String
        /// The UDP port of GUE; 0 for the others.
        let port: UInt16
        let checksum: Bool
        let remoteChecksum: Bool

        init(_ tunnel: IPVS.Tunnel) {
            type =
                switch tunnel.kind {
                case .ipip: "ipip"
                case .gue: "gue"
                case .gre: "gre"
                case .unknown(let number): "\(number)"
                }
            port = tunnel.port.number
            checksum = tunnel.flags.contains(.checksum)
            remoteChecksum = tunnel.flags.contains(.remoteChecksum)
        }
    }

    struct Counters: Encodable {
        let connections: UInt64
        let inPackets: UInt64
        let outPackets: UInt64
        let inBytes: UInt64
        let outBytes: UInt64

        init(_ traffic: Traffic) {
            connections = traffic.connections
            inPackets = traffic.inPackets
            outPackets = traffic.outPackets
            inBytes = traffic.inBytes
            outBytes = traffic.outBytes
        }
    }
}
