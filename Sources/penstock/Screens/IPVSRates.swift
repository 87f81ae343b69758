package import IPVS
internal import Net

/// Services and their real servers with what passes through them per second, busiest first.
package struct IPVSRates: Sendable {
    /// What "busy" means.
    package enum Order: String, CaseIterable, Sendable {
        /// Packets from clients.
        case pps
        /// New connections.
        case cps
        /// Bytes in both directions.
        case bytes

        fileprivate func weight(_ rate: Traffic) -> UInt64 {
            switch self {
            case .pps: rate.inPackets
            case .cps: rate.connections
            // Sums of what links carry in a second do not come near the end of the numbers; what
            // does is no rate.
            case .bytes: rate.inBytes.addingReportingOverflow(rate.outBytes).partialValue
            }
        }
    }

    /// By what lines are sorted.
    package let order: Order
    /// How many lines of the table are shown at most; `nil` for all.
    package let limit: Int?

    /// Rates in this order.
    package init(by order: Order, limit: Int? = nil) {
        self.order = order
        self.limit = limit
    }

    /// The lines for this table.
    package func lines(_ source: IPVS.Table) -> [StyledText] {
        var table = Table(columns: [
            .init("SERVICE / SERVER"), .init("CONN/s", alignsRight: true),
            .init("IN pkt/s", alignsRight: true), .init("OUT pkt/s", alignsRight: true),
            .init("IN B/s", alignsRight: true), .init("OUT B/s", alignsRight: true),
            .init("ACTIVE", alignsRight: true), .init("INACT", alignsRight: true),
        ])
        var rows: [[StyledText]] = []
        for entry in source.entries.sorted(by: isBusier) {
            rows.append(row(entry))
            let busiest = entry.destinations.sorted {
                let weights = (weight($0.statistics), weight($1.statistics))
                return weights.0 == weights.1
                    ? $0.destination.endpoint < $1.destination.endpoint : weights.0 > weights.1
            }
            rows += busiest.map(row)
        }
        let shown = limit.map { rows.prefix($0) } ?? rows[...]
        shown.forEach { table.add($0) }
        let hidden = rows.count - shown.count
        return table.lines + (hidden > 0 ? [StyledText("\(hidden) more", .faint)] : [])
    }

    private func weight(_ statistics: Statistics) -> UInt64 { order.weight(statistics.rate) }

    private func isBusier(_ left: IPVS.Table.Entry, _ right: IPVS.Table.Entry) -> Bool {
        let weights = (weight(left.service.statistics), weight(right.service.statistics))
        guard weights.0 == weights.1 else { return weights.0 > weights.1 }
        return left.service.service.identity.isListed(before: right.service.service.identity)
    }

    private func row(_ entry: IPVS.Table.Entry) -> [StyledText] {
        let active = entry.destinations.reduce(0) { $0 + Double($1.connections.active) }
        let inactive = entry.destinations.reduce(0) { $0 + Double($1.connections.inactive) }
        return [StyledText("\(entry.service.service.identity)", .strong)]
            + cells(entry.service.statistics.rate, active: active, inactive: inactive)
    }

    private func row(_ server: ObservedDestination) -> [StyledText] {
        let isOut = server.destination.weight == 0
        return [StyledText("  \(server.destination.endpoint)", isOut ? .faint : .plain)]
            + cells(
                server.statistics.rate,
                active: Double(server.connections.active),
                inactive: Double(server.connections.inactive)
            )
    }

    private func cells(_ rate: Traffic, active: Double, inactive: Double) -> [StyledText] {
        [
            Double(rate.connections), Double(rate.inPackets), Double(rate.outPackets),
            Double(rate.inBytes), Double(rate.outBytes), active, inactive,
        ].map { StyledText(Figures.grouped($0)) }
    }
}
