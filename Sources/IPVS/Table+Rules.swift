import Net

extension ServiceIdentity {
    /// The order in which services are listed: by address, first all of one family and protocol,
    /// and then those by mark.
    ///
    /// It is that of `ipvsadm -L`, except that ipvsadm compares addresses by a difference of 32
    /// bits that overflows, and so puts 203.0.113.0 in front of 10.0.0.0.
    package func isListed(before other: Self) -> Bool {
        switch (self, other) {
        case (
            .address(let own, let ownTransport, let ownPort),
            .address(let its, let itsTransport, let itsPort)
        ):
            (own.family, ownTransport, own, ownPort) < (its.family, itsTransport, its, itsPort)
        case (.mark(let own, let ownFamily), .mark(let its, let itsFamily)):
            (own, ownFamily) < (its, itsFamily)
        case (.address, .mark): true
        case (.mark, .address): false
        }
    }
}

extension Table {
    /// The table in the order in which it is listed: services and destinations by address.
    package var sorted: Table {
        var table = inOrderOfServices
        for index in table.entries.indices {
            table.entries[index].destinations.sort {
                $0.destination.endpoint < $1.destination.endpoint
            }
        }
        return table
    }

    private var inOrderOfServices: Table {
        Table(
            entries.sorted {
                $0.service.service.identity.isListed(before: $1.service.service.identity)
            }
        )
    }

    /// The operations that make this table out of none.
    ///
    /// - Parameter isSorted: Whether destinations come in the order of their addresses, as
    ///   ipvsadm saves them. Otherwise they come in the order in which they were added, which
    ///   leaves the kernel's list, and with it the table of Maglev hashing, as it is.
    /// - Returns: Each service, and after it its destinations.
    package func operations(isSorted: Bool = false) -> [Operation] {
        let table = isSorted ? sorted : inOrderOfServices
        return table.entries.flatMap { entry in
            let identity = entry.service.service.identity
            let destinations = entry.destinations.map(\.destination)
            let additions = (isSorted ? destinations : destinations.reversed()).map {
                Operation.newDestination($0, of: identity)
            }
            return [.newService(entry.service.service)] + additions
        }
    }
}
